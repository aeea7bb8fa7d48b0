"""config/monitoring/: Prometheus takes the alerts, each fires when it must and only then, and no metric is made up."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.promtool import promtool
from trapline.cli.status_look import Folder, Look
from trapline.cli.status_metrics import as_metrics
from trapline.config.settings import Settings
from trapline.milter.prometheus import PrometheusMetrics
from trapline.reporter.overview.standing import standing
from trapline.reporter.storage.store import Store

ROOT = Path(__file__).parents[1]
ALERTS = ROOT / "config/monitoring/alerts.yml"
DASHBOARD = ROOT / "config/monitoring/grafana.json"
TESTS = ROOT / "tests/data/monitoring/alerts_test.yml"
OTHERS = {"node_textfile_mtime_seconds"}  # node_exporter's own


@pytest.fixture(scope="module")
def reporter(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `trapline status --prometheus` prints."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'trapline.db'}")
    now = datetime.now(UTC)
    with store.reading() as db:
        found = standing(db, now)
    store.close()
    folders = (Folder("spool", "/s", 3, 4711.5, 9, 1), Folder("fallback", "/f", problem="no permission"))
    return as_metrics(Look(now, folders, found), Settings())


@pytest.fixture(scope="module")
def names(reporter: str) -> set[str]:
    """Every metric that there is, as it is read."""
    registry = CollectorRegistry()
    PrometheusMetrics(("zen",), registry)
    families = [*text_string_to_metric_families(generate_latest(registry).decode())]
    families += text_string_to_metric_families(reporter)
    sampled = {sample.name for family in families for sample in family.samples}
    counters = {f"{family.name}_total" for family in families if family.type == "counter"}
    return sampled | counters | {"trapline_lookup_seconds_bucket"}


def used(text: str) -> set[str]:
    return set(re.findall(r"\b(?:trapline|node)_[a-z0-9_]+", text))


def expressions() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def test_prometheus_takes_the_alerts() -> None:
    assert promtool("check", "rules", str(ALERTS))[0] == 0


def test_each_alert_fires_when_it_must_and_only_then() -> None:
    code, said = promtool("test", "rules", str(TESTS))
    assert code == 0, said


def test_an_alert_that_is_wrong_fails_its_test(tmp_path: Path) -> None:
    """Else the test above could pass whatever the rules say."""
    wrong = ALERTS.read_text(encoding="utf-8").replace("trapline_reporter_waiting_seconds > 3600", "vector(0) > 1")
    (tmp_path / "alerts.yml").write_text(wrong, encoding="utf-8")
    tests = TESTS.read_text(encoding="utf-8").replace("../../../config/monitoring/alerts.yml", "alerts.yml")
    (tmp_path / "tests.yml").write_text(tests, encoding="utf-8")
    code, said = promtool("test", "rules", str(tmp_path / "tests.yml"))
    assert code == 1
    assert "TraplineMailWaits" in said


def test_each_alert_has_a_test_that_it_fires_and_one_that_it_does_not() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", ALERTS.read_text(encoding="utf-8")))
    tests = TESTS.read_text(encoding="utf-8")
    assert set(re.findall(r"alertname: (\w+)\n\s+exp_alerts:\n\s+- exp_labels", tests)) == alerts
    assert set(re.findall(r"alertname: (\w+)\n\s+exp_alerts: \[\]", tests)) == alerts


def test_every_metric_of_the_alerts_and_the_dashboard_is_there(names: set[str]) -> None:
    alerts = used(
        "".join(re.findall(r"expr:(.*?)(?=\n +(?:for|labels):)", ALERTS.read_text(encoding="utf-8"), re.DOTALL))
    )
    dashboard = used(DASHBOARD.read_text(encoding="utf-8"))
    assert len(alerts) > 10
    assert len(dashboard) > 20
    assert (alerts | dashboard) - names - OTHERS == set()


def test_prometheus_takes_the_dashboards_expressions(tmp_path: Path) -> None:
    """As rules: promtool 2.42 checks expressions nowhere else."""
    rules: list[dict[str, Any]] = [
        {"record": f"x:{number}", "expr": one.replace("$__rate_interval", "5m").replace("$instance", ".*")}
        for number, one in enumerate(expressions())
    ]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "x", "rules": rules}]}), encoding="utf-8")
    code, said = promtool("check", "rules", str(tmp_path / "rules.yml"))
    assert code == 0, said
    assert len(rules) > 30


def test_panels_do_not_lie_upon_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_prometheus_takes_what_the_reporter_tells(reporter: str) -> None:
    assert promtool("check", "metrics", stdin=reporter) == (0, "")
    found = [sample for family in text_string_to_metric_families(reporter) for sample in family.samples]
    samples = {(sample.name, *sample.labels.values()): sample.value for sample in found}
    assert samples["trapline_reporter_waiting_messages", "spool"] == 3
    assert samples["trapline_reporter_waiting_seconds", "spool"] == 4711.5
    assert samples["trapline_reporter_folder_failed", "fallback"] == 1
    assert ("trapline_reporter_waiting_messages", "fallback") not in samples, "it is not known, so it is not 0"
    assert samples[("trapline_reporter_store",)] == 1


def test_every_metric_is_documented(names: set[str]) -> None:
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    short = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in names}
    assert {name for name in short if f"`{name}" not in page and f"`{name}`" not in page} == set()
