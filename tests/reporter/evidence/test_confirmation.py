# ruff: noqa: RUF001 - words in other alphabets
import time

import pytest

from tests.cpu_time import within
from tests.reporter.messages import envelope, html
from trapline.reporter.evidence.confirmation import reads_like_confirmation
from trapline.reporter.judge import Context, judge


def found_in(body: str) -> bool:
    return judge(html(body), envelope(), Context()).evidence.confirmation


@pytest.mark.parametrize(
    "words",
    [
        "Please confirm your subscription to our weekly letter",
        "Click here to confirm your newsletter sign-up.",
        "Confirm that you want to receive our letters",
        "To verify your e-mail subscription, follow the link",
        "Subscription confirmation",
        "Bitte bestätigen Sie Ihre Anmeldung",
        "Newsletter-Anmeldung bitte bestätigen",
        "Confirmez votre inscription",
        "Confirma tu suscripción",
        "Conferma la tua iscrizione",
        "Bevestig je aanmelding",
        "Подтвердите вашу подписку",
        "Confirm and activate your new account",
        "Potvrďte prosím svůj odběr novinek",
        "Potvrzení přihlášení k odběru newsletteru",
        "Prosím, potvrďte odber noviniek",
        "Bekräfta din prenumeration",
        "Bekräfta din anmälan till nyhetsbrevet",
        "Bekræft venligst din tilmelding",
        "Bekreft påmeldingen din til nyhetsbrevet",
        "Vahvista uutiskirjeen tilaus",
        "Kérjük, erősítse meg feliratkozását",
        "Vă rugăm să confirmați abonarea",
        "Potwierdzenie subskrypcji",
        "Potvrdite pretplatu na newsletter",
        "Potvrdite svoju prijavu na newsletter",
        "Potrdite prijavo na e-novice",
        "Подтверждение подписки на рассылку",
        "Підтвердьте вашу підписку",
        "Потвърдете абонамента си",
        "Palun kinnita uudiskirja tellimus",
        "Lūdzu, apstipriniet jaunumu abonēšanu",
        "Patvirtinkite naujienlaiškio prenumeratą",
        "Επιβεβαιώστε την εγγραφή σας",
        "Bülten aboneliğinizi onaylayın",
        "Bevestiging van uw inschrijving",
        "Aktivierung Ihrer Newsletter-Anmeldung",
        "Bitte den Newsletter-Empfang jetzt aktivieren",
        "Confirmation de votre inscription",
        "Pour valider l'abonnement, cliquez ici",
        "Confirmación de la suscripción",
        "Confirma tu alta en nuestra newsletter",
        "Confirmeu la vostra subscripció",
        "Confirme a sua subscrição",
        "Per confermare l'iscrizione clicca qui",
        "メールマガジンの登録を確認してください",
        "ニュースレターの購読を確認するには",
        "뉴스레터 구독을 확인해 주세요",
        "请确认您的订阅",
        "訂閱確認",
        "يرجى تأكيد اشتراكك",
        "אנא אשר את הרשמתך",
        "Konfirmasi langganan Anda",
        "Xác nhận đăng ký nhận bản tin",
        "Command confirmation request (66B5D8)",
        "Confirmation for subscribe birds",
        "Your confirmation is needed to join the birds@lists.com mailing list.",
    ],
)
def test_requests_to_confirm_a_subscription(words: str) -> None:
    assert reads_like_confirmation(words, ())
    assert reads_like_confirmation(None, [f"Hello,\n{words}"])
    assert found_in(f"<style>p {{}}</style><p>{words.replace(' ', '  <b></b>')}</p>")


@pytest.mark.parametrize(
    "words",
    [
        "Please verify your account",
        "Confirm your password within 24 hours or your mailbox is closed",
        "Your subscription has been renewed for 399 dollars",
        "Bestätigen Sie Ihre Bankdaten",
        "Buy pills",
        "Somebody, probably a thief, logged in. Verify your email address",
        "Verify your e-mail address. If it wasn't you, do not do nothing: call us",
        "Sie haben Ihr Konto nicht bestätigt? Ignorieren Sie dies nicht: bestätigen Sie Ihre E-Mail-Adresse",
        "Noch ein Klick, um unseren Newsletter zu erhalten: jetzt Pillen kaufen",
        "Verify your e-mail address within 24 hours, or your mailbox is closed. If it was not you, click here",
        "Reset your password now. Ignore this message if you have done so already",
        "Sign in to your mailbox within 24 hours. If it was not you, click here",
        "Change your password today. Do not ignore this",
        "You did not verify your account: it is not safe to ignore this",
        "Did you not verify your account? Do not ignore this",
        "Verify your e-mail address. If you do not, we will delete your mailbox",
        "Bestätigen Sie Ihre E-Mail-Adresse. Wenn Sie nicht antworten, wird Ihr Postfach gelöscht",
        "Vous recevez ce message car vous avez confirmé votre inscription",
        "Du får detta eftersom du har bekräftat din prenumeration",
        "Tento e-mail dostáváte, protože jste potvrdili odběr",
        "Вы получили это письмо, так как подтвердили подписку",
        "Potvrďte svou e-mailovou adresu do 24 hodin, jinak bude účet zablokován",
        "Bekräfta ditt konto med BankID",
        "アカウントを確認してください。心当たりがない場合はこちらをクリックしてください",
        "请验证您的邮箱，否则账户将被停用。如非本人操作，请立即点击链接处理",
        "본인 인증번호를 확인하세요. 본인이 아니면 즉시 여기를 클릭하세요",
        "Confirme seu cadastro em 24 horas. Não perca o acesso: clique aqui",
        "Confirma tu cuenta. Si no lo haces, será bloqueada",
        "Подтвердите адрес почты. Если вы не сделаете этого, ящик будет удалён",
        "Hesabınızı doğrulayın. Bu işlemi siz yapmadıysanız hemen tıklayın",
        "ยืนยันอีเมลของคุณ หากคุณไม่ได้ทำรายการ กรุณาคลิกที่นี่",
        "Ihr Passwort läuft ab: neues Passwort vergeben. Ignorieren Sie dies, wird das Postfach gelöscht",
    ],
)
def test_letters_that_ask_for_no_confirmation_are_none(words: str) -> None:
    assert not reads_like_confirmation(words, [words])


@pytest.mark.parametrize(
    ("asked", "not_you"),
    [
        ("Please verify your e-mail address", "If you did not sign up, please ignore this message."),
        ("Activate your account: https://forum.com/a?k=1", "Ignore this email if it wasn't you who registered."),
        ("Your verification code is 123456", "If you didn't request a code, you can safely disregard this."),
        ("Somebody asked for a password reset", "If this was a mistake, no further action is needed."),
        ("Reset password instructions", "If you didn't request this, please ignore this email."),
        ("Sign in to birds.app", "If you did not request this email you can safely ignore it."),
        ("Confirmation instructions for birds.social", "If this wasn't you, please ignore this email."),
        ("Wiki email address confirmation", "Someone, probably you, from IP address 9.8.7.6, has registered it."),
        ("Please confirm your email address", "Somebody (hopefully you) typed it into our form."),
        ("Please Confirm Your Email Address", "Ana has given your email address to register an account."),
        ("Please verify your email", "If it wasn't you, do nothing and we will not write again."),
        ("Noch ein Klick, um den Newsletter zu erhalten", "Sie waren das nicht? Dann ignorieren Sie diese E-Mail."),
        ("Bitte bestätigen Sie Ihre E-Mail-Adresse", "Falls Sie sich nicht angemeldet haben, ignorieren Sie sie."),
        ("E-Mail-Adresse verifizieren", "Falls Sie kein Konto erstellt haben, können Sie dies ignorieren."),
        ("Confirmez votre adresse e-mail", "Si vous n'avez pas demandé ceci, ignorez ce message."),
        ("Your login code is 482 913", "Didn't request this? You can safely ignore this email."),
        ("Aktivace účtu", "Pokud jste se neregistrovali, tuto zprávu ignorujte."),
        ("Obnova hesla", "Pokud jste o změnu nežádali, můžete tento e-mail ignorovat."),
        ("Aktivujte svoj účet", "Ak ste si účet nevytvorili, tento e-mail ignorujte."),
        ("Aktivera ditt konto", "Om du inte har skapat något konto kan du ignorera detta meddelande."),
        ("Återställ ditt lösenord", "Om det inte var du kan du bortse från mejlet."),
        ("Bekræft din e-mailadresse", "Hvis du ikke har oprettet en konto, kan du se bort fra denne mail."),
        ("Tilbakestill passordet", "Hvis det ikke var deg, kan du ignorere denne e-posten."),
        ("Vahvista sähköpostiosoitteesi", "Jos et luonut tiliä, voit jättää viestin huomiotta."),
        ("Aktiválja fiókját", "Ha nem Ön regisztrált, hagyja figyelmen kívül ezt a levelet."),
        ("Pentru a activa contul, accesați linkul", "Dacă nu ați creat acest cont, ignorați acest mesaj."),
        ("Aktywacja konta", "Jeśli to nie Ty, zignoruj tę wiadomość."),
        ("Aktivirajte svoj račun", "Ako se niste prijavili, zanemarite ovu poruku."),
        ("Potrdite registracijo", "Če se niste prijavili, to sporočilo prezrite."),
        ("Подтверждение адреса почты", "Если вы не регистрировались, просто проигнорируйте это письмо."),
        ("Скидання пароля", "Якщо ви не надсилали запит, проігноруйте цей лист."),
        ("Активирайте профила си", "Ако не сте се регистрирали, игнорирайте този имейл."),
        ("Ενεργοποίηση λογαριασμού", "Αν δεν εγγραφήκατε εσείς, αγνοήστε αυτό το μήνυμα."),
        ("Hesabınızı doğrulayın", "Bunu siz istemediyseniz bu e-postayı dikkate almayınız."),
        ("Confirmez votre adresse e-mail", "Si vous l'avez reçu par erreur, il vous suffit de l'ignorer."),
        ("Bitte bestätigen Sie Ihre E-Mail-Adresse", "Falls Sie dies irrtümlich erhielten, ignorieren Sie es."),
        ("Attiva il tuo account", "Se non hai richiesto la registrazione, ignora questo messaggio."),
        ("Ative sua conta", "Caso não tenha criado esta conta, desconsidere este e-mail."),
        ("Activation de votre compte", "Si vous n'avez pas créé de compte, ignorez cet e-mail."),
        ("Activeer uw account", "Heeft u geen account aangemaakt? Negeer dan deze e-mail."),
        ("Passwort vergessen", "Falls Sie keine Mail erwartet haben, ignorieren Sie diese Nachricht."),
        ("仮登録のご案内", "お心当たりのない場合は、お手数ですがこのメールを破棄してください。"),
        ("パスワード再設定のご案内", "このメールに心当たりがない場合は、無視してください。"),
        ("비밀번호 재설정", "본인이 신청하지 않은 경우 이 메일을 무시하세요."),
        ("驗證您的電子郵件地址", "如果您沒有註冊帳號，請忽略此郵件。"),
        ("تفعيل حسابك", "إذا لم تقم بالتسجيل، يرجى تجاهل هذه الرسالة."),
        ("אימות כתובת המייל", "אם לא נרשמת, אנא התעלם מהודעה זו."),
        ("Verifikasi akun Anda", "Jika Anda tidak mendaftar, abaikan email ini."),
        ("Kích hoạt tài khoản", "Nếu bạn không đăng ký, vui lòng bỏ qua email này."),
        ("パスワード再設定のご案内", "お心あたりがない場合は、このメールを破棄してください。"),
        ("完成電子郵件驗證", "若您並未提出申請，請忽略此信件。"),
        ("啟用您的帳號", "如果您沒有申請，請勿理會此信。"),
        ("会员注册验证", "如非本人操作，无需理会。"),
        ("회원가입 인증메일입니다", "본인이 가입하지 않은 경우 이 메일을 무시하셔도 됩니다."),
        ("비밀번호 재설정", "요청하신 적이 없으시면 이 메일을 무시해 주세요."),
        ("Confirme seu cadastro", "Se você não fez este cadastro, ignore este e-mail."),
        ("Seu código de verificação é 1234", "Se não foi você, ignore esta mensagem."),
        ("Confirma tu registro", "Si no te registraste, podés ignorar este mensaje."),
        ("Tu código de seguridad es 1234", "Si no lo pediste, haz caso omiso de este correo."),
        ("Код подтверждения 1234", "Если вы не запрашивали код, не обращайте внимания на это письмо."),
        ("Активация аккаунта", "Если вы получили письмо по ошибке, просто проигнорируйте его."),
        ("Активація облікового запису", "Якщо це були не ви, не звертайте уваги на цей лист."),
        ("Üyeliğinizi aktifleştirin", "Bunu siz yapmadıysanız bu e-postayı görmezden gelebilirsiniz."),
        ("E-posta adresinizi onaylayın", "Bu isteği siz yapmadıysanız lütfen bu e-postayı silin."),
        ("رمز التحقق 1234", "اذا لم تطلب ذلك تجاهل هذه الرسالة."),
        ("إعادة تعيين كلمة المرور", "إذا لم تطلب ذلك، فلا داعي لاتخاذ أي إجراء."),
        ("Mã xác nhận của bạn là 1234", "Nếu bạn không yêu cầu, vui lòng bỏ qua email này."),
        ("Kode OTP Anda 1234", "Abaikan email ini jika Anda tidak memintanya."),
        ("Atur ulang kata sandi", "Jika Anda tidak meminta ini, abaikan email ini."),
        ("ยืนยันอีเมลของคุณ", "หากคุณไม่ได้สมัครสมาชิก กรุณาเพิกเฉยต่ออีเมลนี้"),
        ("अपना ईमेल सत्यापित करें", "यदि आपने अनुरोध नहीं किया है, तो इसे अनदेखा करें।"),
        ("Aktywacja konta", "W przypadku gdy to nie Ty, prosimy o zignorowanie tej wiadomości."),
    ],
)
def test_other_requests_are_some_where_whoever_did_not_ask_may_ignore_them(asked: str, not_you: str) -> None:
    assert reads_like_confirmation(asked, [not_you])
    assert reads_like_confirmation("Hello", [f"{asked}\n\n{not_you}"])
    assert not reads_like_confirmation(asked, ["Click here"])
    assert not reads_like_confirmation("Hello", [not_you])


@pytest.mark.parametrize(
    "link",
    [
        "https://blog.com/wp-login.php?action=rp&key=abcDEF123&login=ana",
        "https://blog.com/x/wp-login.php?login=ana%40b.com&key=abcDEF123&action=rp",
    ],
)
def test_wordpress_asks_in_all_languages_to_set_a_password(link: str) -> None:
    assert reads_like_confirmation("[Blog] Adatok", [f"Felhasználónév: ana\n\n{link}\n"])
    assert not reads_like_confirmation("[Blog] Adatok", ["https://blog.com/wp-login.php?redirect_to=x"])


@pytest.mark.parametrize(
    "link",
    [
        "https://blog.com/wp-login.php?action=rp&key=abcDEF123&login=pills.com%20-%20120%20USDT",
        "https://blog.com/wp-login.php?login=pills.com%20-%20120%20USDT&key=abcDEF123&action=rp",
        "https://blog.com/wp-login.php?action=rp&key=abcDEF123&login=pills.com",
    ],
)
def test_what_spam_writes_into_the_name_of_a_new_user_does_not_wait(link: str) -> None:
    assert not reads_like_confirmation("[Blog] Login Details", [f"Username: x\n\n{link}\n"])


HASH = "0123456789abcdef0123456789abcdef01234567"
NEW_USERS = (
    "https://board.com/ucp.php?mode=activate&u=12&k=AB12CD34",
    "https://board.com/forum/index.php?action=activate;u=12;code=ab12cd34ef",
    "https://board.com/member.php?action=activate&uid=12&code=AbCd1234",
    "https://board.com/account-confirmation/ana.12/email?c=AbCdEf123456",
    f"https://board.com/index.php?option=com_users&task=registration.activate&token={HASH[:32]}",
    "https://board.com/user/reset/12/1763726400/AbCd-Ef_0123456789AbCdEf0123456789AbCdEf012",
    "https://board.com/login/confirm.php?data=AbCd1234EfGh567/ana",
    "https://board.com/users/confirmation?confirmation_token=AbCd1234EfGh5678IjKl",
    f"https://board.com/accounts/reset/MTI/cx4k9s-{HASH[:32]}/",
    f"https://board.com/email/verify/12/{HASH}?expires=1763726400&signature={HASH}",
    f"https://board.com/account/activate/123456789/{HASH[:32]}-1763726400",
    "https://board.com/my-account/lost-password/?action=newaccount&key=AbCd1234EfGh5678IjKl&login=ana",
)


@pytest.mark.parametrize("link", NEW_USERS)
def test_known_programs_ask_in_all_languages_to_confirm_an_account(link: str) -> None:
    letter = f'Kedves ana! <a href="{link}">Itt</a> <a href="https://www.board.com/">Fórum</a> <img src="http://a.com/l.png">'
    assert found_in(letter)
    assert found_in(f"Kedves ana!<br>{link}<br>https://board.com")


@pytest.mark.parametrize("link", NEW_USERS)
def test_what_spam_writes_into_the_name_of_a_known_programs_new_user_does_not_wait(link: str) -> None:
    assert not found_in(f'Kedves <a href="http://pills.com/now">Buy pills</a>! <a href="{link}">Itt</a>')
    assert not found_in(f"Kedves pills.com/now!<br>{link}")


@pytest.mark.parametrize(
    "link",
    [
        "https://board.com/ucp.php?mode=login",
        "https://board.com/index.php?action=activate",
        "https://board.com/user/reset/now",
        "https://board.com/reset/MTI/password/",
        "https://board.com/account/activate",
        "https://board.com/account/activate/?token=0123456789abcdef",
        "https://board.com/email/verify/12",
        "https://board.com/users/confirmation?id=12",
    ],
)
def test_a_link_that_merely_looks_so_is_no_request(link: str) -> None:
    assert not found_in(f'<a href="{link}">Update your account</a>')


def test_what_nobody_sees_is_no_request() -> None:
    assert not found_in('<p>Buy pills</p><div style="display:none">Please confirm your subscription</div>')


@pytest.mark.parametrize("word", ["potvrd", "confirm", "newsletter ", "bestätig", "pokud n ", "登録", "if you not "])
def test_a_message_made_to_be_slow_is_read_at_once(word: str) -> None:
    began = time.process_time()
    assert not reads_like_confirmation("x", [(word * 3000)[:3000]] * 1000)
    assert within(1, began)


def test_what_is_no_text_is_no_request() -> None:
    assert not reads_like_confirmation("\ud800", ["\udfff if"])


def test_a_long_letter_that_speaks_of_it_is_none() -> None:
    assert not reads_like_confirmation("News", ["Buy pills. " * 500 + "Confirm your subscription"])
