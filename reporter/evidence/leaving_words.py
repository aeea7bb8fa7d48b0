# ruff: noqa: RUF001 - words in other alphabets
r"""The words by which one leaves a mailing list, and those that may stand beside them, in the languages of senders.

Patterns for text in lower case, as NFKC has it. Left out is what is said of orders and accounts as well ("cancel your
subscription", "peruuta tilaus"), unless it is what a language has for leaving a list. What follows from a match is
leaving.py's subject.
Sources: the footers of Mailchimp, Sendinblue, GetResponse, Benchmark and their like, of mailing-list programs, and the
button that Gmail and Outlook show for such a list, in each language.
"""

LEAVE = (
    # English
    r"unsub?scribe(?: me)?|opt[- ]?out|unsubscription"
    # German, Dutch, Afrikaans
    r"|abmelden|abbestellen|austragen|abmeldung|abzumelden|abzubestellen|auszutragen|afmelden|uitschrijven|afmelding"
    r"|uitschrijving|uit te schrijven|af te melden|teken uit"
    # Swedish, Danish, Norwegian, Icelandic
    r"|avregistrera(?: mig| dig)?|avprenumerera|avmeld|meld deg av|avmelding|afmeld|frameld|framelding|afskrá(?:ning)?"
    # French, Spanish, Catalan, Portuguese, Italian, Romanian
    r"|(?:se |me |vous )?d[ée]sabonner|d[ée]sabonnement|(?:se |me |vous )?d[ée]sinscrire|d[ée]sinscription"
    r"|d[ée]sabonnez-vous|d[ée]sinscrivez-vous|dar(?:se|me|te)? de baja|desuscribir(?:se|me)?|date de baja"
    r"|donar(?:-se|-me)? de baixa|dona(?:'t|’t) de baixa"
    r"|desuscr[íi]bete|descadastr(?:ar|e)(?:-se|-me)?|descadastro|descadastramento|desinscrever(?:-se)?|desinscreva-se"
    r"|disiscriviti|disiscrizione|disiscriver(?:si|mi|ti)|annulla(?:re)? (?:la |l['’])?iscrizione"
    r"|cancella(?:re)? (?:la |l['’])?iscrizione|cancellami"
    r"|dezabonare|dezabonea[zțţ][ăa]-te|dezabona[tțţ]i-v[ăa]"
    # Polish, Czech, Slovak, Slovene, Croatian, Bosnian, Serbian, Macedonian, Bulgarian
    r"|wypisz si[ęe]|wypisz mnie|wypisanie si[ęe]|odhl[áa]sit(?: se)?|odhl[áa]si[tť](?: sa)?|odhlášení|odhlásenie"
    r"|zrezygnuj z subskrypcji"
    r"|zrušit odběr|zrušiť odber|odjav(?:a|i se|ite se|iti se)|одјав(?:а|и се|ите се)|отписване|отпиш(?:и|ете) се"
    # Russian, Ukrainian, Belarusian
    r"|отписаться|отписка|отпишитесь|отказаться от (?:рассылки|подписки)|відписатис[яь]|відписка|адпісацца"
    # Hungarian, Finnish, Estonian, Latvian, Lithuanian
    r"|leiratkozás|leiratkozom|leiratkozáshoz|peru(?:uta)? uutiskirje(?:en tilaus)?|poistu (?:postitus)?listalta"
    r"|loobu(?:n|da)? uudiskirjast|atrakstīties|atteikties no jaunumiem|atsisakyti (?:naujienlaiškio|prenumeratos)"
    # Turkish, Greek, Vietnamese, Indonesian and Malay
    r"|(?:abonelik|üyelik|liste|e-?bülten)(?:ten|den) (?:[çc]\u0131?i?k|ayr\u0131?i?l)(?:mak|\u0131?i?n)?"
    r"|απεγγραφ[ήη]|κατ[άα]ργηση εγγραφ[ήη]ς|h(?:ủy|uỷ) đăng ký|ngừng nhận"
    r"|(?:berhenti|batal) (?:ber)?langganan|nyahlanggan"
    # Arabic, Persian, Hebrew, Hindi
    r"|ل?[إا]لغاء (?:ال[إا]شتراك|اشتراكك)|لغو اشتراک|לה?סרה|הסרה|הסר(?:ו)? אותי|אנא הסר|सदस्यता समाप्त करें|अनसब्सक्राइब करें"
)
REMOVE = r"remove me|be removed"  # in a caption alone: accounts are removed as well
WISH = (  # between a link and what it is for: "here, if you wish to unsubscribe"
    r"if|you|want|wish|would|like|no|longer|receive|wenn|möchten|wollen|falls|si|vous|souhaitez|voulez|desea|quiere"
    r"|se|desideri|vuoi|caso|queira|deseje|als|wilt|indien|jeśli|chcesz|если|вы|хотите|якщо|ви|хочете"
)
BESIDE = (
    r"click|here|please|to|now|from|this|our|these|all|future|the|list|lists|e-?mails?|mailings?|newsletters?|link"
    r"|hier|klicken|sie|bitte|vom|von|um|zu|sich|dem|der|klik|om|te|voor|deze|van|de|u|je|nieuwsbrief"
    r"|ici|cliquez|pour|la|cette|liste|nos|aqu[íi]|haga|haz|clic|esta|lista"
    r"|para|clique|qui|clicca|per|dalla|desta|tutaj|kliknij|aby|z|listy|newsletteru|newslettera|zde|klikněte|pro|tu"
    r"|odběru|odberu|kliknite|pre|za|ovdje|кликните|овде|тук|om[åa]|h[äae]r|nyhetsbrev|nyhedsbrev"
    r"|от|этой|рассылки|здесь|нажмите|чтобы|від|розсилки|тут|щоб|натисніть|ide|itt|kattintson|a|hírlevélről|tästä|siit|šeit"
    r"|i[çc]in|t\u0131?i?klay\u0131?i?n(?:\u0131?i?z)?|buraya|lütfen|e-posta|πατήστε|εδώ|για|nhấn|vào|đây|để|email|thư"
    r"|klik|di|sini|disini|untuk|انقر|اضغط|هنا|من|اینجا|کلیک|کنید|برای|לחץ|לחצו|כאן|מרשימת|התפוצה|הדיוור|यहां"
)

# Of languages that are written without blanks, or with them as one likes; what is beside stands anywhere.
UNSPACED_LEAVE = (
    r"(?:配信|購読|登録|送信|受信|メルマガ)(?:停止|解除|中止|拒否)|拒收|(?:退订|退訂)+|取消(?:订阅|訂閱|订购|訂購)"
    r"|수신거부|수신해지|구독(?:취소|해지)|ยกเลิกการ(?:รับ|สมัคร|สมัครรับ|สมัครสมาชิก|เป็นสมาชิก|ติดตาม)"
)
UNSPACED_BESIDE = (
    r"[^\w\u0e00-\u0e7f\ufffc]"  # Thai has signs that are no words to \w; U+FFFC stands for a picture
    r"|メールマガジン|メール|ニュースレター|お手続き|手続き?|ご希望の方|希望の方|希望される方|される方|したい方|する|は|の|を|こちら|から|へ"
    r"|クリック|ください|如需|如要|若要|若需|点击|點擊|点此|點此|这里|這裡|这儿|此处|此處|请|請|我要|邮件|郵件|电子报|電子報|本|此|类|類|链接|連結|按"
    r"|이메일|메일|뉴스레터|무료|하기|하시려면|하려면|여기를|여기|클릭|하세요|을|를"
    r"|คลิก|ที่นี่|เพื่อ|กด|อีเมล|ข่าวสาร|จดหมายข่าว|ของคุณ"
)
