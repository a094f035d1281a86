"""Common names of persons by language, and words that show that a text names none.

First names and surnames are lists of the most common ones, without those that are months, places,
faiths or everyday words. They are compared without accents and in lower case.
"""

FIRST_NAMES: dict[str, str] = {
    "en": "james john robert michael william david richard joseph thomas charles christopher"
    " daniel matthew anthony mark donald steven andrew paul joshua kenneth kevin brian george"
    " timothy ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry"
    " justin scott brandon benjamin samuel gregory alexander patrick jack dennis jerry tyler"
    " aaron henry douglas peter adam nathan zachary walter kyle harold carl jeremy keith roger"
    " gerald ethan terry sean mary patricia jennifer linda elizabeth barbara susan jessica sarah"
    " karen lisa nancy sandra betty ashley emily kimberly margaret donna michelle carol amanda"
    " melissa deborah stephanie rebecca laura sharon cynthia dorothy amy kathleen angela shirley"
    " emma brenda pamela nicole anna samantha katherine christine debra rachel carolyn janet"
    " maria heather diane olivia julie joyce victoria ruth lauren kelly christina joan evelyn"
    " judith andrea hannah megan cheryl jacqueline martha teresa gloria sara janice ann anne"
    " kathryn abigail sophia frances jean alice judy isabella julia denise amber marilyn"
    " danielle beverly theresa diana natalie brittany doris simon graham nigel oliver harry"
    " charlotte lucy chloe ella sophie liam noah logan mason ava mia jane",
    "de": "hans klaus jurgen juergen gunter guenter wolfgang werner horst dieter uwe manfred helmut"
    " gerhard bernd rainer rolf stefan andreas matthias markus sebastian florian tobias lukas"
    " jonas felix maximilian moritz niklas ursula monika petra elisabeth sabine renate helga"
    " brigitte ingrid erika gisela karin claudia birgit heike susanne kerstin anke silke katrin"
    " katharina lena leonie johanna greta heidi gabriele angelika michaela thorsten torsten"
    " jorg joerg frank ralf martin sven holger heinz karl friedrich hannelore inge",
    "fr": "pierre michel philippe alain nicolas christophe laurent frederic stephane francois"
    " olivier jacques thierry antoine guillaume julien marie nathalie isabelle sylvie catherine"
    " francoise valerie celine sophie chantal monique aurelie camille manon lea juliette zoe leo"
    " claire bernard gerard mathieu pascal sandrine veronique dominique helene lucie hugo",
    "es": "jose juan carlos luis javier miguel francisco antonio manuel pedro pablo alejandro"
    " sergio fernando jorge alberto rafael diego raul ramon enrique carmen josefa dolores pilar"
    " ana lucia elena cristina marta raquel rosa beatriz silvia mercedes concepcion alvaro"
    " ignacio sofia valentina camila mateo santiago",
    "it": "giuseppe giovanni francesca luca matteo alessandro giulia marco francesco lorenzo andrea"
    " stefano paolo roberto chiara federica alessia martina valentina giorgia simona paola luigi"
    " vincenzo salvatore domenico",
    "pt": "joao antonio paulo tiago rui nuno ricardo catarina ines mariana beatriz joana leonor"
    " lourenco gustavo thiago fernanda juliana",
    "nl": "jan johannes cornelis hendrik willem pieter gerrit jeroen bart maarten joost sander daan"
    " bram thijs cornelia wilhelmina anneke marijke sanne femke lotte fleur annemarie esther kees"
    " henk wouter ruud",
    "no": "ole kari lars per bjorn kjell svein arne knut geir tor terje morten hilde marit liv"
    " inger astrid solveig ragnhild gunnar odd stian eirik hakon nora ingrid silje trude oystein"
    " magnus",
    "da": "jens soren niels anders rasmus mette kirsten hanne mads frederik mikkel kasper freja"
    " jorgen henrik birthe lone pernille",
    "sv": "erik sven lennart karl ake bengt goran mats fredrik johan anders gunilla birgitta"
    " kerstin elsa astrid linnea ulla margareta hakan stig axel emil maja",
    "fi": "juhani matti timo kari antti jukka mikko heikki pekka aino helena liisa anneli kaarina"
    " sanna paivi riikka janne tuula eeva hanna leena marjatta tapio",
    "pl": "piotr krzysztof andrzej tomasz pawel jan stanislaw marcin grzegorz michal lukasz jerzy"
    " agnieszka ewa malgorzata katarzyna joanna magdalena krystyna zofia monika barbara elzbieta"
    " wojciech jakub",
    "cs": "jiri josef petr jaroslav tomas pavel zdenek vaclav frantisek milan karel jitka hana"
    " lenka"
    " katerina lucie vera alena jana ludmila marketa tereza ondrej vojtech",
    "tr": "mehmet mustafa ahmet huseyin hasan ibrahim ismail osman yusuf murat emre fatma ayse"
    " emine"
    " hatice zeynep elif meryem serife zehra sultan merve ozge burak cem kemal deniz esra",
    "el": "γιωργος γιαννης δημητρης νικος κωστας παναγιωτης βασιλης χρηστος αθανασιος γεωργιος"
    " ιωαννης κωνσταντινος δημητριος νικολαος μαρια ελενη κατερινα βασιλικη σοφια αγγελικη γεωργια"
    " δημητρα ιωαννα αννα ευαγγελια κωνσταντινα giorgos yannis dimitris nikos kostas eleni katerina"
    " vasiliki",
    "ru": "александр сергеи дмитрии андреи алексеи максим евгении иван михаил николаи владимир олег"
    " павел виктор юрии игорь анна мария елена ольга наталья екатерина татьяна ирина светлана юлия"
    " анастасия людмила галина оксана надежда ivan olga natasha dmitri dmitry sergei sergey"
    " aleksandr mikhail vladimir tatiana tatyana ekaterina svetlana yulia",
    "uk": "олександр сергіи андріи володимир микола іван михаило дмитро богдан тарас юріи оксана"
    " наталія ірина олена тетяна марія юлія катерина ганна леся софія oleksandr andriy mykola"
    " oksana olena iryna taras bohdan",
    "ar": "محمد احمد أحمد علي حسن حسين عمر خالد يوسف ابراهيم إبراهيم مصطفى محمود عبدالله سعيد"
    " فاطمة عائشة مريم زينب خديجة سارة نور ليلى هدى سلمى امينة mohammed mohamed ahmed ali fatima"
    " aisha hassan omar khaled youssef ibrahim mahmoud zainab layla",
    "he": "דוד משה יוסף יעקב אברהם דניאל יצחק שרה רחל לאה מרים רבקה אסתר חנה יעל נועה תמר מיכל"
    " אבי יוסי שלמה איתן רותי אריאל david moshe yosef yaakov sarah rachel miriam yael noa tamar",
    "zh": "wei xiaoming jing fang xiaoli xiuying jianguo",
    "ja": "太郎 花子 健一 一郎 裕子 陽子 恵子 翔太 大輔 美咲 愛 健太 直樹 拓也 由美 さくら yuki"
    " hiroshi takashi keiko yoko akira kenji haruto",
    "ko": "민수 영희 철수 지영 지훈 서연 민준 수진 현우 은지 minsu jihoon seoyeon jiyoung minjun",
    "hu": "laszlo istvan jozsef janos zoltan sandor ferenc gabor attila peter tibor miklos"
    " gyorgy balazs tamas csaba zsolt erzsebet ilona katalin eva zsuzsanna agnes judit"
    " ildiko eszter reka anna noemi boglarka",
    "ro": "gheorghe vasile constantin mihai alexandru ionut florin marian cristian adrian radu"
    " bogdan ioana elena mihaela andreea gabriela alina raluca daniela georgiana",
    "hr": "ivan josip marko stjepan tomislav zeljko mladen branko dragan milan goran zoran"
    " marija ivana mirjana katarina snezana jelena ljiljana dragana vesna matej janez"
    " andrej franc mojca irena",
    "sk": "jozef jan peter milan ladislav zuzana alzbeta andrea",
    "bg": "георги иван димитър николаи петър христо тодор стоян мария иванка елена йорданка радка",
    "et": "toomas andres urmas priit kristjan tiina anne piret katrin",
    "lv": "janis andris juris edgars inese ilze",
    "lt": "jonas vytautas antanas tomas ruta jurate daiva",
    "is": "jon sigurdur gudmundur gunnar olafur einar gudrun sigridur kristin margret ingibjorg",
    "any": "priya raj rahul anita sanjay deepak amit sunita lakshmi marija milica nikola ivana",
}

SURNAMES: dict[str, str] = {
    "en": "smith johnson williams jones davis miller wilson anderson taylor thompson martinez"
    " robinson clark lewis walker allen wright nelson campbell mitchell roberts phillips evans"
    " edwards collins stewart morris murphy rogers morgan bailey cooper richardson howard peterson"
    " hughes watson patel khan singh",
    "de": "muller mueller schmidt schneider fischer meyer weber wagner becker schulz hoffmann"
    " schafer schaefer bauer koch richter schroder schroeder neumann schwarz zimmermann krause"
    " hartmann lehmann kruger krueger werner schmitz schmitt maier huber",
    "fr": "bernard dubois moreau lefebvre leroy roux fournier girard bonnet dupont lambert fontaine"
    " rousseau mercier durand",
    "es": "garcia rodriguez gonzalez fernandez lopez martinez sanchez perez gomez martin jimenez"
    " ruiz hernandez diaz moreno alvarez munoz romero alonso gutierrez navarro torres dominguez",
    "it": "rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti"
    " deluca costa giordano mancini rizzo lombardi moretti",
    "pt": "silva santos ferreira pereira oliveira costa rodrigues martins sousa fernandes goncalves"
    " gomes lopes marques almeida ribeiro carvalho",
    "nl": "jansen devries vandenberg vandijk bakker janssen visser smit meijer deboer mulder"
    " degroot"
    " bos vos peters hendriks vanleeuwen dekker brouwer dewit dijkstra",
    "no": "hansen johansen olsen larsen andersen pedersen nilsen kristiansen jensen karlsen johnsen"
    " pettersen eriksen berg haugen hagen bakken solberg strand",
    "da": "nielsen jensen hansen pedersen andersen christensen larsen sorensen rasmussen jorgensen"
    " petersen madsen kristensen olsen thomsen christiansen poulsen",
    "sv": "andersson johansson karlsson nilsson eriksson larsson olsson persson svensson gustafsson"
    " pettersson jonsson lindberg lindstrom lindqvist bergstrom axelsson lundberg",
    "fi": "korhonen virtanen makinen nieminen makela hamalainen laine heikkinen koskinen jarvinen"
    " lehtonen lehtinen saarinen salminen heinonen niemi salonen",
    "pl": "nowak kowalski kowalska wisniewski wisniewska wojcik kowalczyk kaminski kaminska"
    " lewandowski lewandowska zielinski szymanski wozniak dabrowski kozlowski jankowski mazur",
    "cs": "novak novakova svoboda svobodova novotny novotna dvorak dvorakova cerny cerna prochazka"
    " prochazkova kucera kucerova vesely horak nemec pokorny marek",
    "tr": "yilmaz kaya demir celik sahin yildiz yildirim ozturk aydin ozdemir arslan dogan kilic"
    " aslan cetin kara koc kurt ozkan simsek",
    "el": "παπαδοπουλος παπαδοπουλου γεωργιου δημητριου ιωαννου παπαδακης νικολαου οικονομου"
    " βασιλειου αθανασιου παππας παναγιωτου papadopoulos papadopoulou georgiou nikolaou pappas",
    "ru": "иванов иванова смирнов смирнова кузнецов кузнецова попов попова васильев васильева"
    " петров"
    " петрова соколов соколова михаилов михаилова новиков новикова федоров федорова морозов волков"
    " алексеев лебедев семенов ivanov ivanova petrov petrova smirnov smirnova kuznetsov kuznetsova"
    " popov sokolov",
    "uk": "мельник шевченко коваленко бондаренко бондар ткаченко ковальчук кравченко олииник шевчук"
    " коваль поліщук бондарчук ткачук марченко лисенко shevchenko kovalenko bondarenko tkachenko"
    " kravchenko melnyk",
    "ar": "الحسن العلي الاحمد الخطيب المصري السيد حداد خوري النجار",
    "he": "כהן לוי מזרחי פרץ ביטון דהן אברהם פרידמן מלכה אזולאי גבאי cohen levi mizrahi peretz"
    " biton dahan friedman",
    "zh": "wang zhang liu chen yang zhao huang zhou zhu lin guo",
    "ja": "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村"
    " 斎藤 清水 林 sato suzuki takahashi tanaka ito watanabe yamamoto"
    " nakamura kobayashi kato yoshida",
    "hu": "nagy kovacs toth szabo horvath varga molnar nemeth farkas balogh papp takacs juhasz"
    " lakatos",
    "ro": "popa popescu ionescu radu dumitru stoica gheorghe ciobanu rusu",
    "hr": "horvat kovacevic babic maric juric novak kovacic jovanovic petrovic nikolic markovic"
    " djordjevic stojanovic ilic",
    "sk": "kovac varga nagy balaz",
    "bg": "иванов георгиев димитров петров николов",
    "et": "tamm saar sepp magi kask",
    "lv": "berzins kalnins ozols",
    "lt": "kazlauskas petrauskas jankauskas",
    "is": "jonsdottir gunnarsdottir sigurdsson",
    "ko": "kim park choi jung jeong kang yoon jang",
}

HAN_SURNAMES = (
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭"
    "程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎余潘杜戴夏钟鐘汪田任姜范方石姚谭"
)
"""First characters of most Chinese names."""

HANGUL_SURNAMES = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구"
"""First syllables of most Korean names."""

SURNAME_ENDINGS = (
    *("ович", "евич", "овна", "евна", "ична", "ський", "ська", "енко", "ский", "ская"),
    *("opoulos", "opoulou", "οπουλος", "οπουλου", "idis", "ακης", "ιδης", "ovic", "ovych"),
)
"""Endings that names have and other words hardly ever: patronymics, Greek and Ukrainian"
" surnames."""

TITLES: dict[str, str] = {
    "en": "dr prof mr mrs ms miss",
    "de": "herr frau hr fr",
    "fr": "monsieur madame mme mlle",
    "es": "senor senora sr sra",
    "it": "signor signora sig dott dottssa",
    "pt": "senhor senhora",
    "nl": "mevr dhr mevrouw meneer",
    "no": "fru herr",
    "pl": "pan pani",
    "cs": "pani mudr phdr",
    "tr": "sayin bayan",
    "el": "κος κα",
    "ru": "господин госпожа",
    "uk": "пан пані",
    "ar": "السيد السيدة",
    "he": "מר גברת",
}

SPOKEN_TITLES = "dr prof mr mrs ms herr frau hr fru monsieur madame senor senora mevrouw dhr sayin"
"""Titles that are told from other words within a sentence: `sig`, `miss` and `pan` are not."""

NO_PERSONS: dict[str, str] = {
    "en": "hospital clinic university school college center centre institute street avenue road"
    " disorder therapy treatment group condition test scale syndrome disease church foundation"
    " site ward unit team program programme index st saint county city island lake river north"
    " south east west company inc ltd bank model type class version grand santa san",
    "de": "klinik praxis universitat krankenhaus",
    "fr": "hopital",
    "nl": "ziekenhuis",
    "no": "sykehus sjukehus",
    "sv": "sjukhus vardcentral",
}
"""Words with which capitalised words name no person: `Johns Hopkins Hospital`."""

FILE_WORDS = (
    "scan brief bericht letter report session sitzung audio video consent form therapy"
    " baseline copy kopie final draft version data daten test image photo foto page seite"
    " recording interview questionnaire fragebogen january february march april may june july"
    " august september october november december left right pre post happy sad angry neutral"
    " face garden little"
)
"""Words in names of files beside which a first name is not a name of a person."""

ANSWERS: dict[str, str] = {
    "en": "yes no male female man woman other both none true false never always often sometimes",
    "de": "ja nein mannlich weiblich divers keine",
    "fr": "oui non homme femme",
    "es": "si hombre mujer",
    "it": "maschio femmina",
    "pt": "sim nao masculino feminino",
    "no": "nei mann kvinne",
    "sv": "nej kvinna",
    "fi": "kylla ei mies nainen",
    "pl": "tak nie mezczyzna kobieta",
    "cs": "ano muz zena",
    "tr": "evet hayir erkek kadin",
    "el": "ναι οχι ανδρας γυναικα",
    "ru": "да нет мужской женский мужскои женскии муж жен",
    "uk": "так ні чоловік жінка",
    "ar": "نعم لا ذكر انثى أنثى",
    "he": "כן לא זכר נקבה",
    "zh": "是 否 男 女 有 无",
    "ja": "はい いいえ 男性 女性",
    "ko": "예 아니오 남 여 남성 여성",
    "vi": "co khong nam nu khac",
    "hi": "हाँ हां नहीं पुरुष महिला अन्य",
    "fa": "بله خیر مرد زن",
    "th": "ใช่ ไม่ใช่ ชาย หญิง",
    "eu": "bai ez gizona emakumea",
    "sw": "ndiyo hapana mwanaume mwanamke",
    "id": "ya tidak pria wanita laki perempuan",
    "bn": "হ্যাঁ না পুরুষ মহিলা নারী",
    "ur": "ہاں نہیں مرد عورت",
    "ta": "ஆம் இல்லை ஆண் பெண்",
}
"""Answers that are not names under any heading."""
