# ruff: noqa: RUF001 - words in other alphabets
r"""The words of requests to confirm what somebody typed into a form, in the languages of those who send such requests.

Patterns of RE2, for text in lower case with single blanks; \w is any sign that words are made of (confirmation.py).
LISTS speak of subscriptions and mailing lists; ASKED are other requests (an account, an address, a password, a code),
which phish makes too; NOT_YOU is what phish does not say: that whoever did not ask need do nothing. NEW_USERS are path
and query of links, which no translation changes. What follows from a match is confirmation.py's subject.
Sources: the requests of Mailchimp, Mailman, LISTSERV, Sympa, phpList, MailPoet, WordPress, phpBB, Discourse, Mastodon,
MediaWiki, Devise, NextAuth, Keycloak and their like, and of newsletter services and shops of the countries.
"""

_LIST = r"(?:subscription|sign-?up|newsletter|mailing list|opt-?in)"
_IGNORE = r"(?:ignore|disregard|delete)"
_USER = r"[a-z0-9_-]{1,60}(?:(?:%40|@)[a-z0-9.-]{1,100})?"
_EDGE = r"(?:^|[^\pL])"  # \b knows the letters of ASCII alone

LISTS: tuple[str, ...] = (
    # English
    rf"(?:confirm|verify|activate|complete|validate) (?:(?:your|the|my|this|to|a|our|for|e-?mail) ){{0,4}}{_LIST}",
    rf"{_LIST} (?:confirmation|request)\b",
    r"confirm (?:that )?you(?:r e-?mail address)? (?:want |wish |would like )?to (?:subscribe|join|receive)",
    r"double[ -]opt-?in|confirm subscription|confirm and activate your new account",
    # WordPress, whatever the language: a new user is to set a password. Spam writes its own words into the name.
    r"/wp-login\.php\?action=rp&key=[a-z0-9]{1,40}&login=" + _USER + r"(?:[&<>\s]|$)",
    r"/wp-login\.php\?login=" + _USER + r"&key=[a-z0-9]{1,40}&action=rp",
    # LISTSERV, Majordomo, Mailman 3
    r"command confirmation request \([0-9a-f:]{4,20}\)|confirmation for (?:un)?subscribe \w",
    r"confirmation is (?:needed|required) to (?:join|leave) the [^ ]+ mailing list",
    # German
    r"(?:anmeldung|registrierung|newsletter\w*|abonnement)(?: \w+){0,3} best[äa]e?tig\w*",
    r"best[äa]e?tig\w*(?: \w+){0,4} (?:anmeldung|newsletter\w*|abonnement)",
    r"newsletter\w*(?:[ -]\w+){0,3} aktivier\w*|aktivier\w*(?: \w+){0,3} newsletter\w*",
    # French, Spanish, Catalan, Portuguese, Italian, Romanian
    r"(?:confirm|valid)(?:e[rz]?|ation)(?: \w+){0,3} (?:[ld]['’])?(?:inscription|abonnement)",
    r"confirm(?:[ae]r?|eu|aci[oó]n?)(?: \w+){0,4} (?:sub?scripci[oó]|newsletter|bolet[ií]n|butllet[ií])",
    r"confirm(?:[ae]r?|a[cç][aã]o)(?: \w+){0,3} (?:(?:in|sub)scri[cç][aã]o|assinatura)",
    r"conferm(?:a|are|i|ate)(?: \w+){0,2} (?:l['’])?iscrizione",
    r"confirm(?:ați|aţi|ati|ă|a|are\w*)(?: \w+){0,3} abon(?:are|amentul)\w*",
    # Dutch
    r"bevestig(?:en|ing)?(?: \w+){0,3} (?:aanmelding|inschrijving|abonnement|nieuwsbrief)",
    r"(?:aanmelding|inschrijving|nieuwsbrief)(?: \w+){0,4} bevestigen",
    # Swedish, Danish, Norwegian, Icelandic
    r"bekräft(?:a|else)(?: \w+){0,4} (?:prenumeration|nyhetsbrev)\w*",
    r"bekræft(?:e|else)?(?: \w+){0,5} (?:nyhedsbrev|abonnement)\w*|bekræft (?:venligst )?din tilmelding",
    r"bekreft(?:e|else)?(?: \w+){0,5} (?:nyhetsbrev|abonnement|påmelding)\w*",
    r"staðfest(?:u|a|ing\w*)(?: \w+){0,3} (?:áskrift\w*|skráning\w* á póstlist\w*)",
    # Finnish, Estonian, Hungarian
    r"vahvist(?:a|aa|us|uksen)(?: \w+){0,3} uutiskirje\w*|uutiskirje\w*(?: \w+){0,3} vahvist(?:us|amin)\w*",
    r"kinnita(?:ge|da)?(?: \w+){0,3} uudiskir\w+",
    r"erősíts\w* meg(?: \w+){0,3} (?:feliratkoz|hírlev)\w*|feliratkoz\w*(?: \w+){0,2} megerősítés\w*",
    # Czech, Slovak, Polish, Croatian, Bosnian, Serbian, Slovene
    r"potvr(?:ďte|di[tť]|zen\w+|den\w+)(?: \w+){0,4} (?:odb[eě]r|newsletter)\w*",
    r"potwierd[zź]\w*(?: \w+){0,2} (?:subskrypcj\w+|zapis\w*)",
    r"potvrd(?:ite|iti|a|u)(?: \w+){0,4} (?:pretplat\w+|prijav\w+ na newsletter)",
    r"потврд(?:ите|ити|а|у)(?: \w+){0,3} претплат\w+",
    r"potrdi(?:te|ti|tev)(?: \w+){0,3} (?:naročnin\w+|e-?novi[cč]\w+|prijav\w+ na (?:e-?)?novi[cč]\w+)",
    # Russian, Ukrainian, Bulgarian
    r"подтвер(?:ди|дите|дить|ждени\w+)(?: \w+){0,3} подписк\w+",
    r"підтвер(?:діть|дьте|дити|дження\w*)(?: \w+){0,3} підписк\w+",
    r"потвър(?:дете|ди|дите|ждение\w*|ждаване\w*)(?: \w+){0,3} абонамент\w*",
    # Latvian, Lithuanian, Greek, Turkish
    r"apstiprin(?:iet|āt|āšan\w+)(?: \w+){0,3} (?:abon[eē]|jaunum)\w+",
    r"patvirtin(?:kite|ti|im\w+)(?: \w+){0,3} (?:naujienlaišk|prenumerat)\w+",
    r"επιβεβα(?:ιώστε|ιώσετε|ίωση\w*)(?: \w+){0,3} (?:εγγραφή|συνδρομή)\w*",
    r"aboneli[kğ]\w*(?: \w+){0,3} (?:onayla|doğrula)[my]\w+|(?:onayla|doğrula)[my]\w+(?: \w+){0,3} aboneli[kğ]\w*",
    # Japanese, Korean, Chinese
    r"(?:購読|配信|メールマガジン|メルマガ|ニュースレター)[^。！？]{0,20}(?:確認|確定|完了|承認)",
    r"(?:구독|뉴스레터)[^.!?]{0,20}(?:확인|인증|완료)",
    r"[确確][认認][^。！？]{0,8}[订訂][阅閱]|[订訂][阅閱][确確][认認]",
    # Arabic, Hebrew, Persian, Indonesian, Vietnamese, Thai
    r"تأكيد (?:\w+ )?(?:ال)?اشتراك",
    r"(?:אשרו?|לאשר|אישור) (?:\w+ ){0,2}(?:ה?הרשמה|הרשמתך|ההצטרפות|המינוי)",
    r"ت[أا]یید (?:اشتراک|عضویت)",
    r"konfirmasi\w*(?: \w+){0,2} (?:langganan|berlangganan)",
    r"xác nhận(?: \w+){0,2} đăng ký nhận",
    r"ยืนยันการสมัครรับ",
)

ASKED: tuple[str, ...] = (
    # English
    r"(?:confirm|verify|validate) (?:(?:your|the|this|that) ){1,2}(?:new )?e-?mail",
    r"(?:activate|confirm|complete|finish|verify) (?:your|the) (?:new )?(?:account|registration|profile|membership)",
    r"(?:reset|change) (?:your|the) password|reset password|password reset|e-?mail address confirmation",
    r"confirmation instructions|(?:^|\n)sign in to ",
    r"(?:verification|confirmation|activation|security|one[- ]time|log-?in|sign-?in|access) (?:code|passcode|link)",
    # German
    r"best[äa]e?tig\w*(?: \w+){0,4} e-?mail|e-?mail-?adresse(?: \w+){0,6} best[äa]e?tig|best[äa]e?tigungs(?:code|link)",
    r"verifizier\w*(?: \w+){0,4} e-?mail|e-?mail(?:-?adresse)?(?: \w+){0,6} verifizier",
    r"(?:konto|zugang)(?: \w+){0,3} (?:aktivieren|freischalten)|passwort(?: \w+){0,3} zur[üu]e?ck(?:zu)?setzen",
    r"klick\w*[^.!?]{0,60} newsletter (?:zu )?(?:erhalten|abonnieren)",
    r"(?:neues|ihr|dein) passwort(?: \w+){0,3} (?:ange?fordert|vergeben|festlegen|anfordern)|passwort vergessen",
    # French, Spanish, Portuguese, Italian, Romanian
    r"confirme[rz]?(?: \w+){0,4} (?:e-?mail|courriel)|activ\w+(?: \w+){0,3} compte|code de (?:v[ée]rif|confirm)",
    r"r[ée]initialis\w+(?: \w+){0,4} mot de passe",
    r"confirm[ae]r?(?: \w+){0,4} (?:correo|e-?mail)|activ[ae]r?(?: \w+){0,2} cuenta|restable\w+(?: \w+){0,3} contrase",
    r"(?:confirm(?:[ae]r?|a[cç][aã]o)|activ[ae]r?)(?: \w+){0,2} (?:cadastro|registro|cuenta|conta)\b",
    r"c[oó]digo de (?:verifica|confirma|activa|ativa|seguran[cç]a|seguridad|acces|acess)",
    r"ativ[ae]r?(?: \w+){0,2} conta\b|(?:redefin|recuper|alter)\w+(?: \w+){0,3} (?:senha|palavra-passe)",
    r"conferm\w+(?: \w+){0,4} (?:e-?mail|registrazione|account)|attiv\w+(?: \w+){0,3} account",
    r"(?:reimpost|recuper|ripristin)\w+(?: \w+){0,3} password",
    r"(?:activ|confirm)\w+(?: \w+){0,3} (?:cont(?:ul\w*)?\b|adres\w+|înregistr\w+)",
    r"(?:reset|schimb)\w+(?: \w+){0,2} parol\w+",
    # Dutch
    r"(?:bevestig|activeer|verifieer)\w*(?: \w+){0,3} (?:e-?mail|account)",
    r"wachtwoord(?: \w+){0,3} (?:in te stellen|instellen|herstellen|resetten|wijzigen)",
    # Swedish, Danish, Norwegian
    r"(?:aktivera|bekräfta|verifiera)(?: \w+){0,2} (?:konto\w*|e-?post\w*|registrering\w*)",
    r"återställ\w*(?: \w+){0,2} lösenord\w*|(?:verifierings|bekräftelse|engångs)kod",
    r"(?:aktiver|bekræft|bekreft|verificer|verifiser)\w*(?: \w+){0,2} (?:konto\w*|e-?(?:mail|post)\w*)",
    r"(?:nulstil|tilbakestill)\w*(?: \w+){0,2} (?:adgangskode|kodeord|passord)\w*",
    r"(?:bekræftelses|bekreftelses|engangs)kode",
    # Finnish, Hungarian
    r"(?:vahvist|aktivo)\w*(?: \w+){0,3} (?:sähköposti|tili|rekisteröinti)\w*|vahvistuskoodi",
    r"(?:palaut|vaih|nollaa)\w*(?: \w+){0,2} salasana\w*|salasana\w*(?: \w+){0,2} (?:palaut|vaih|nollau)\w*",
    r"(?:erősíts|aktivál|igazol)\w*(?: \w+){0,4} (?:e-?mail|fiók|regisztráció)\w*",
    r"(?:fiók|regisztráció|e-?mail)\w*(?: \w+){0,3} (?:megerősít|aktivál)\w*",
    r"jelszó\w*(?: \w+){0,3} (?:visszaállít|módosít)\w*",
    # Czech, Slovak, Polish, Croatian, Slovene
    r"aktiv[aáou]\w*(?: \w+){0,3} (?:účt|účet|registrac|registráci)\w*|ověř\w*(?: \w+){0,3} e-?mail",
    r"potvr[dďz]\w*(?: \w+){0,4} (?:e-?mail|registrac|registráci)\w*|(?:obnov|změn|zmen)\w*(?: \w+){0,2} hesl\w*",
    r"(?:aktyw|potwierd[zź])\w*(?: \w+){0,3} (?:kont|rejestracj|adres|e-?mail)\w*",
    r"(?:reset|zmian|odzyskiwan)\w*(?: \w+){0,2} hasł\w*|kod (?:weryfikacyjny|potwierdzający)",
    r"(?:aktivir|potvr[dđ]|potrdi)\w*(?: \w+){0,3} (?:račun|e-?mail|e-?pošt|registracij)\w*",
    # Russian, Ukrainian, Bulgarian
    r"(?:подтвер|актив)\w*(?: \w+){0,4} (?:почт|e-?mail|регистраци|уч[её]тн|аккаунт|адрес)\w*|код подтверждения",
    r"(?:сброс|восстановлени|смен)\w*(?: \w+){0,2} парол\w*",
    r"(?:підтверд|актив)\w*(?: \w+){0,4} (?:пошт|e-?mail|реєстраці|обліков|акаунт)\w*",
    r"(?:скида|відновл|змін)\w*(?: \w+){0,2} парол\w*",
    r"(?:потвърд|активир)\w*(?: \w+){0,3} (?:имейл|акаунт|профил|регистраци)\w*",
    # Greek, Turkish
    r"(?:επιβεβα[ίι][ωώ]|ενεργοπο[ιί])\w*(?: \w+){0,4} (?:e-?mail|λογαριασμ|διεύθυνσ)\w*",
    r"επαναφορά(?: \w+){0,2} κωδικού",
    r"(?:hesab|e-?posta|üyeli)\w*(?: \w+){0,3} (?:doğrula|onayla|etkinleştir|aktifleştir)\w*",
    r"(?:şifre|parola)\w*(?: \w+){0,2} (?:sıfırla|yenile)\w*|doğrulama kodu",
    # Japanese, Korean, Chinese
    r"メールアドレス[^。！？]{0,15}(?:確認|認証)|パスワード[^。！？]{0,15}(?:再設定|リセット|再発行)|仮登録|本登録",
    r"(?:認証|確認)(?:コード|番号)|ワンタイムパスワード|登録[^。！？]{0,15}(?:完了|確認)",
    r"이?메일[^.!?]{0,15}(?:인증|확인)|비밀번호[^.!?]{0,15}(?:재설정|변경)",
    r"인증 ?(?:번호|코드)|계정[^.!?]{0,10}활성화|회원 ?가입[^.!?]{0,15}(?:인증|확인|완료)",
    r"(?:[验驗][证證]|[确確][认認]|激活|[启啟]用)[^。！？]{0,10}(?:[邮郵][箱件]|[帐帳账][户戶号號])",
    r"[邮郵][箱件][^。！？]{0,8}(?:[验驗][证證]|[确確][认認])|[注註][册冊][^。！？]{0,8}(?:[验驗][证證]|[确確][认認])",
    r"重[置設设][^。！？]{0,6}密[码碼]|[验驗][证證][码碼]",
    # Arabic, Hebrew, Indonesian, Vietnamese, Thai, Hindi
    r"رمز (?:ال)?(?:تحقق|تأكيد|تفعيل)",
    r"(?:تأكيد|تفعيل|تنشيط) (?:\w+ ){0,2}(?:ال)?(?:بريد|حساب)|إعادة (?:تعيين|ضبط) كلمة",
    r"(?:אמת|אשר|לאמת|לאשר|אימות|אישור|הפעלת) (?:\w+ ){0,3}(?:דוא|אימייל|ה?חשבון|כתובת)|איפוס ה?סיסמ",
    r"(?:verifikasi|aktivasi|konfirmasi)\w*(?: \w+){0,2} (?:e-?mail|akun)",
    r"(?:xác minh|kích hoạt|xác nhận)(?: \w+){0,3} (?:e-?mail|tài khoản)|đặt lại mật khẩu",
    r"kode (?:otp|verifikasi|aktivasi)|atur ulang (?:kata sandi|password)|mã (?:otp|xác (?:nhận|thực|minh))",
    r"ยืนยัน(?:ที่อยู่)?อีเมล|ยืนยันการสมัคร|รหัส(?:ยืนยัน| ?otp)|(?:รีเซ็ต|ตั้ง)รหัสผ่าน|เปิดใช้งานบัญชี",
    r"ईमेल(?: \w+){0,2} सत्यापित|सत्यापन कोड|पासवर्ड(?: \w+){0,2} रीसेट",
)

NOT_YOU: tuple[str, ...] = (
    # English
    (
        r"\b(?:if|in case) (?:you|this|it|that)\b[^.!?]{0,80}?(?:\bnot|n.t|\bnever|\bmistake|\berror)\b[^.!?]{0,120}\b"
        r"(?:ignore|disregard|delete (?:this|the (?:e-?mail|message)|it)\b|no (?:further )?action)"
    ),
    (
        rf"\b{_IGNORE} (?:this|the) (?:e-?mail|message)\b[^.!?]{{0,40}}\bif (?:you|this|it|that)\b"
        r"[^.!?]{0,60}(?:\bnot|n.t|\bnever|\bmistake|\berror)\b"
    ),
    (
        r"(?:\bnot|n.t)\b[^.!?]{0,60}\? (?:please |then )?(?:you can |you may )?(?:just |simply |safely )?"
        rf"{_IGNORE} (?:this|the|it)\b"
    ),
    r"\b(?:if|in case) (?:this|it|that) (?:was|is)(?: not|n.t) you, (?:please |just |simply ){0,2}do nothing\b",
    r"\bsome(?:one|body),? \(?(?:hopefully|probably|possibly|presumably),? you(?:rself)?\b",
    r"\bhas given your e-?mail address to (?:register|connect)\b",  # django-allauth
    # German
    r"\b(?:nicht|kein\w*)\b[^.!?]{0,60}\? dann (?:\w+ ){0,2}ignorier",
    r"\b(?:nicht|kein\w*)\b[^.!?]{0,120}(?:ignorier|gegenstandslos|\bl[öo]e?schen)",
    r"\b(?:irrtümlich|versehentlich)\b[^.!?]{0,80}ignorier",
    r"\bnicht\b[^.!?]{0,120}nichts (?:weiter )?(?:zu )?(?:tun|unternehmen)",
    r"ignorieren sie (?:diese|bitte diese)[^.!?]{0,80}\bnicht\b",
    # French, Spanish, Catalan, Portuguese, Italian, Romanian
    r"\bpas\b[^.!?]{0,120}ignore|\b(?:no|non|nu|n[ãa]o)\b[^.!?]{0,120}ignor[aeă]|\bn[ãa]o\b[^.!?]{0,120}desconsider[ea]",
    r"\bno\b[^.!?]{0,120}\bcaso omiso",
    r"\b(?:par erreur|por error|per errore|por engano)\b[^.!?]{0,80}ignor",
    # Dutch
    r"\b(?:niet|geen)\b[^.!?]{0,120}neg(?:eer|eren)|\b(?:niet|geen)\b[^.!?]{0,60}\? (?:\w+ ){0,4}neg(?:eer|eren)",
    # Swedish, Danish, Norwegian, Finnish, Hungarian
    r"\binte\b[^.!?]{0,120}(?:bortse|ignorera|behöver du inte)|\bikke\b[^.!?]{0,120}(?:se bort|ignorer)",
    r"\b(?:jos|ellet)\b[^.!?]{0,120}(?:huomiotta|huomioimatta)|\bha nem\b[^.!?]{0,120}(?:figyelmen kívül|nincs teendő)",
    # Czech, Slovak, Polish, Croatian, Slovene
    r"\b(?:pokud|jestliže|ak)\b[^.!?]{0,80}\bn\w+[^.!?]{0,120}(?:ignor(?:uj|ova[tť])|nemusíte|smažte|vymažte)",
    r"\b(?:jeśli|jeżeli|gdy)\b[^.!?]{0,60}\bnie\b[^.!?]{0,120}(?:ignoruj|zignorowa|pomiń|usuń)",
    _EDGE + r"(?:ako|če) [^.!?]{0,60}\bni\w*[^.!?]{0,120}(?:zanemari|prezri|ignorira)",
    # Russian, Ukrainian, Bulgarian
    _EDGE + r"если(?: [^.!?]{0,60})? не [^.!?]{0,120}(?:игнор|удалите|не обращайте внимани)",
    _EDGE + r"по ошибке[^.!?]{0,60}(?:игнорируйте|удалите)",
    _EDGE + r"якщо(?: [^.!?]{0,60})? не [^.!?]{0,120}(?:ігнор|видаліть|не звертайте уваг)",
    _EDGE + r"ако не [^.!?]{0,120}игнорира",
    # Greek, Turkish
    _EDGE + r"(?:αν|εάν) δεν [^.!;]{0,120}αγνο[ήε]",
    r"m[ae]d[ıi]ys[ae]n\w*[^.!?]{0,120}(?:dikkate almay|göz ardı|görmezden|yok say|e-?postayı sil)",
    r"değilse\w*[^.!?]{0,120}(?:dikkate almay|göz ardı|görmezden|yok say)",
    # Japanese, Korean, Chinese
    r"(?:心当た?り|心あたり|覚え)[がの](?:ない|無い|ございません)[^！？]{0,60}(?:破棄|削除|無視)",
    r"ご?本人[^。！？]{0,20}(?:でない|ではない)[^。！？]{0,40}(?:破棄|削除|無視)",
    r"(?:않|아닌|아니|적이 없)[^.!?]{0,30}(?:무시|메일[을은]? ?삭제)",
    r"(?:如果|若|如)[^。！？]{0,30}(?:[没沒]有|未|不是|非)[^。！？]{0,40}(?:忽略|无视|無視|[勿需必用]理[会會])",
    # Arabic, Hebrew, Indonesian, Vietnamese, Thai, Hindi
    r"(?:[إا]ذا|إن) لم[^.!؟]{0,120}(?:تجاهل|لا داعي)|אם לא[^.!?]{0,120}התעלם",
    r"\bjika\b[^.!?]{0,60}\b(?:tidak|bukan)\b[^.!?]{0,120}abaikan|\bnếu\b[^.!?]{0,60}\bkhông\b[^.!?]{0,120}bỏ qua",
    r"\babaikan [^.!?]{0,40}\bjika\b[^.!?]{0,60}\b(?:tidak|bukan)\b",
    r"(?:หาก|ถ้า)[^.!?]{0,30}(?:ไม่|มิ)ได้[^.!?]{0,80}(?:เพิกเฉย|ละเว้น|ไม่ต้องสนใจ)",
    r"(?:यदि|अगर)[^.!?।]{0,80}नहीं[^.!?।]{0,80}अनदेखा",
)

NEW_USERS: tuple[str, ...] = (
    # phpBB, MyBB, SMF, XenForo
    r"/ucp\.php\?mode=activate&u=[0-9]{1,10}&k=[a-z0-9]{6,64}$",
    r"/member\.php\?action=activate&uid=[0-9]{1,10}&code=[a-z0-9]{6,64}$",
    r"/index\.php\?action=activate;u=[0-9]{1,10};code=[a-z0-9]{6,64}$",
    r"/account-confirmation/[^/?]{1,100}\.[0-9]{1,10}/email\?c=[a-z0-9_-]{6,64}$",
    # Joomla, Drupal, Moodle
    r"[?&]task=registration\.activate&token=[0-9a-f]{32}(?:&|$)",
    r"/user/reset/[0-9]{1,10}/[0-9]{10}/[a-z0-9_-]{20,64}(?:/login)?\?$",
    r"/login/confirm\.php\?data=[a-z0-9]{15,64}/[^&]{1,100}$",
    # Devise, Django, Laravel
    r"/confirmation(?:\.[a-z]{2})?\?confirmation_token=[a-z0-9_-]{20,64}(?:&|$)",
    r"/reset/[a-z0-9_-]{1,40}/[a-z0-9]{3,7}-[0-9a-f]{20,64}/\?$",
    r"/email/verify/[a-z0-9-]{1,36}/[0-9a-f]{40}\?",
    # Shopify, WooCommerce
    r"/account/(?:activate|reset)/[0-9]{5,20}/[0-9a-f]{32}-[0-9]{9,11}\?$",
    r"/lost-password/\?action=newaccount&key=[a-z0-9]{20}&login=[^&]{1,100}$",
)
