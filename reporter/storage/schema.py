"""The tables of the reporter's store, in SQLAlchemy Core.

What they say, not how they are reached (store.py) nor what is written when (history.py, submission/, listing/). They
are made by the migrations below `migrations/`, never by `create_all`; a test holds both to each other. Recipients stand
here by label and kind only: the address of a trap is in its mail file and nowhere in the store's own columns.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
)

from trapline.reporter.storage.columns import Cidr, Moment, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: One row a caught message, written in the same transaction as its decisions and submissions.
messages = Table(
    "messages",
    metadata,
    Column("id", Words, primary_key=True),  # of the envelope
    Column("source", Words, nullable=False),  # milter, fallback, mailbox, file
    Column("received_at", Moment, nullable=False),  # when the message came
    Column("taken_at", Moment, nullable=False),  # when we read it
    Column("queue_id", Words),  # with the next two: how a message that arrives by two ways is known
    Column("client_address", Words),
    Column("mail_from", Words),
    Column("subject", Words),
    Column("envelope", JSON, nullable=False),  # as the contract has it, the recipients without their addresses
    Column("auth", JSON),  # null, or {spf, dkim, dmarc}
    Column("content", JSON),  # as evidence/content.py has it; null for messages of before it was kept
    Column("error", Words),  # what could not be read of the message
    Column("file", Words, nullable=False),  # the file's name in the Maildir that it came from
    Column("host", Words, nullable=False, server_default=""),  # whose Maildir; "" where only one shares the store
    Index(None, "queue_id", "client_address"),
    Index(None, "client_address", "received_at"),
    Index(None, "received_at"),
)

#: One row a submission. `state`: queued, sending, accepted, known, refused, waiting (until not_before), dropped.
submissions = Table(
    "submissions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", Words, ForeignKey("messages.id"), nullable=False, index=True),
    Column("kind", Words, nullable=False),  # ip, domain, url, email
    Column("value", Words, nullable=False),  # what makes it the same as another: the object, or an email's digest
    Column("object", Words, nullable=False),  # what is sent: of an email the sample, until retention.py empties it
    Column("weight", Integer, nullable=False, server_default="20"),  # submission/weights.py; more goes first
    Column("reason", Words, nullable=False),  # at most 255 characters, for the analyst
    Column("threat_type", Words),  # as sent; null until then, since the account's list is asked for
    Column("state", Words, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("attempted_at", Moment),
    Column("not_before", Moment),
    Column("answered_at", Moment),
    Column("portal_id", Words),
    Column("answer", Words),  # the portal's words, or why it waits or was dropped
    Index(None, "state", "id"),
    Index(None, "value", postgresql_using="hash"),  # a B-tree there takes no URL of more than 2,704 bytes
    Index(None, "state", "answered_at", "kind"),  # so that counting them reads no samples
    Index(None, "kind", "queued_at"),  # what a link is compared with: the day's alone
)

#: One row an indicator of a message: what was decided, why, and which submission it led to or repeats.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", Words, ForeignKey("messages.id"), nullable=False, index=True),
    Column("kind", Words, nullable=False),
    Column("value", Words, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("decision", Words, nullable=False),  # report, skip
    Column("reason", Words),  # of a skip
    Column("submission_id", Integer, ForeignKey("submissions.id"), index=True),
)

#: One row a request that was begun, for the budget of a day.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("submission_id", Integer, ForeignKey("submissions.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False, index=True),
)

#: One row a submission that was found in the portal's list: what Spamhaus made of it.
reviews = Table(
    "reviews",
    metadata,
    Column("submission_id", Integer, ForeignKey("submissions.id"), primary_key=True),
    Column("state", Words, nullable=False),  # pending, checked, listed
    Column("datasets", JSON, nullable=False),  # names, as the portal has them; those of the last listing
    Column("listed_since", Moment),  # the first check that found it listed; stays when the listing ends
    Column("checked_at", Moment),  # the portal's last look at it
    Column("seen_at", Moment, nullable=False),  # our last look at the list
)

#: One row an address or domain that the portal accepted: our own lookups of it in the zones (submission/lookups.py).
lookups = Table(
    "lookups",
    metadata,
    Column("submission_id", Integer, ForeignKey("submissions.id"), primary_key=True, autoincrement=False),
    Column("reported_at", Moment, nullable=False),
    Column("at_hit", Boolean, nullable=False),  # a zone listed it already when it hit the trap
    Column("due_at", Moment, index=True),  # the next lookup; null: none
    Column("failures", Integer, nullable=False),  # lookups in a row without an answer
    Column("clear_at", Moment),  # the last one that found it in no zone
    Column("listed_at", Moment),  # the first one that found it in a zone
    Column("codes", JSON, nullable=False),  # "zen 127.0.0.3": at the hit, or at listed_at
)

#: One row (id 1): the token bucket and the back-off of the whole account (submission/pace.py).
pace = Table(
    "pace",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("empty_at", Moment, nullable=False),
    Column("paused_until", Moment),
    Column("failures", Integer, nullable=False),  # in a row
)

#: One row a file that could not be read, which lies in `.failed/`.
failed_files = Table(
    "failed_files",
    metadata,
    Column("host", Words, primary_key=True, server_default=""),  # as in messages
    Column("file", Words, primary_key=True),
    Column("failed_at", Moment, nullable=False),
    Column("reason", Words, nullable=False),
)

#: One row a network of which RIPE Stat told us; it is asked again once `good_until` is past.
networks = Table(
    "networks",
    metadata,
    Column("prefix", Words, primary_key=True),  # CIDR
    Column("name", Words),
    Column("holder", Words),
    Column("as_number", BigInteger),
    Column("country", Words),
    Column("good_until", Moment, nullable=False, index=True),
)

#: One row a message and sender of it, as far as is known: who wrote before, and what. Without a name in it: the sender
#: is a digest. Kept for a time of its own (contacts.py), whether or not the message is.
contacts = Table(
    "contacts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", Words, nullable=False, index=True),
    Column("sender", Words, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("sketch", Words, nullable=False),  # of the text (sketches.py)
    Index(None, "sender"),
)

#: One row a mail sample that was queued: its campaign.
campaigns = Table(
    "campaigns",
    metadata,
    Column("submission_id", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("domain", Words),  # the primary one that the message reported; null where it reported none
    Column("sketch", Words, nullable=False),
)

#: One row a message that was taken in while a filter is taught: whether it learns from it (learning/lessons.py).
lessons = Table(
    "lessons",
    metadata,
    Column("message_id", Words, ForeignKey("messages.id"), primary_key=True),
    Column("host", Words, nullable=False),  # whose filter is taught; as in messages
    Column("state", Words, nullable=False),
    Column("why", Words),  # it is left, or what the filter said of it
    Column("sketch", Words, nullable=False),  # of the text (sketches.py)
    Column("sender", Words),  # the address in From; null where it is not known, or ours
    Column("changed_at", Moment, nullable=False),  # its state
    Column("prepared_at", Moment, index=True),  # what is learned was made ready
    Column("begun_at", Moment, index=True),  # the filter was last told that it is spam
    Column("attempts", Integer, nullable=False),  # in a row, that the filter did not answer
    Column("not_before", Moment),
    Column("filter", Words),  # that learned it
    Column("content", LargeBinary),  # what is learned, and must be given again to be forgotten; null once it is removed
    Index(None, "state", "host"),
)

#: One row a large sender: where its SPF record says that it sends from; asked again once `good_until` is past.
sender_networks = Table(
    "sender_networks",
    metadata,
    Column("name", Words, primary_key=True),  # whose TXT record it is
    Column("networks", JSON, nullable=False),  # CIDR
    Column("good_until", Moment, nullable=False),
)

#: One row a network that is, or was, on the local blocklist, as blocklist/listing.py has it (`Kept`).
blocklist = Table(
    "blocklist",
    metadata,
    Column("network", Cidr, primary_key=True),
    Column("area", Cidr, nullable=False, index=True),  # the /24 or /48 that it is in
    Column("state", Words, nullable=False),  # listed, held, off, expired
    Column("first_hit", Moment, nullable=False),
    Column("last_hit", Moment, nullable=False),
    Column("hits", Integer, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("last_label", Words),
    Column("reason", Words, nullable=False),
    Column("expires", Moment),  # null: until a person ends it
    Column("repeated", Boolean, nullable=False),
    Column("since", Moment, nullable=False, index=True),
    Column("streak", Integer, nullable=False),
    Column("listed_at", Moment, index=True),
    Column("forgiven_at", Moment),
    Column("revision", BigInteger, nullable=False, index=True),  # of the list, when it last changed
    Index(None, "state", "expires"),
)

#: One row a change of an entry's state, by a hit, by time or by a person; what extends it is in blocklist_hits.
blocklist_records = Table(
    "blocklist_records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("network", Cidr, nullable=False, index=True),
    Column("what", Words, nullable=False),  # listed, held, expired, added, removed
    Column("who", Words, nullable=False),  # "trapline", or the system user
    Column("why", Words, nullable=False),
)

#: One row a caught message: what was decided about listing its client.
blocklist_hits = Table(
    "blocklist_hits",
    metadata,
    Column("message_id", Words, ForeignKey("messages.id"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("network", Cidr),  # null where no client is known
    Column("labels", JSON, nullable=False),  # of its traps
    Column("outcome", Words, nullable=False),  # listed, extended, held, waiting, kept off, spared
    Column("rule", Words),  # that spared it, or wanted a second trap
    Column("why", Words, nullable=False),
    Index(None, "network", "at"),
)

#: One row a day (UTC), label and kind of traps: the messages that hit them (trap_days.py).
trap_days = Table(
    "trap_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("label", Words, primary_key=True),  # its first characters
    Column("kind", Words, primary_key=True),
    Column("hits", Integer, nullable=False),
    Column("spared", Integer, nullable=False),  # of them from innocent senders
    Column("last", Moment, nullable=False),
)

#: Single values that outlive a restart (notes.py); submission/ and listing/ name them.
meta = Table(
    "meta",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", Words, nullable=False),
)
