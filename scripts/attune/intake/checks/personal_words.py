"""Words that indicate personal data, in English, German, French, Spanish and Dutch.

All are lower case and without accents; a column's name is compared word by word.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PERSONS = _words(
    "patient client klient patiente patienten paciente cliente participant teilnehmer"
    " teilnehmerin proband probandin subject respondent recipient person personne persona"
    " persoon deelnemer participante therapist therapeut therapeutin therapeute terapeuta"
    " counselor psychologist mother father mutter vater mere pere madre padre moeder vader"
    " parent partner spouse contact emergency nok guardian interviewer rater doctor gp"
    " hausarzt huisarts child kind enfant hijo"
)
"""Whose name a column may hold: `patient_name`."""

WHOLE_NAMES = _words(
    "firstname lastname surname forename fullname givenname familyname middlename maidenname"
    " vorname nachname familienname zuname geburtsname prenom apellido apellidos voornaam"
    " achternaam tussenvoegsel roepnaam patientname clientname participantname therapistname"
    " recipientname nomdefamille nombres"
)
"""Words that mean a person's name by themselves."""

NAME = _words("name names nom naam nombre namen")
"""Words that mean a name, of a person or of anything else."""

NAME_PARTS = _words("first last full given family middle maiden birth second legal nick")
"""Words before NAME that show that a person is meant."""

INITIALS = _words("initials initialen initialien initiales iniciales kurzel namenskurzel")
"""Words that mean the first letters of a person's name."""

PHONE = _words(
    "phone telephone tel telefon telefonnummer handynummer handy mobile mobil mobilnummer"
    " telefono movil celular telefoon telefoonnummer gsm fax cellphone phonenumber"
    " mobilenumber portable rufnummer telnr"
)

ADDRESS = _words(
    "address street adresse anschrift strasse str hausnummer rue calle direccion domicilio"
    " straat adres wohnadresse streetaddress homeaddress addr straatnaam"
)

POSTCODE = _words(
    "zip zipcode postcode postalcode postal plz postleitzahl codepostal codigopostal postkode"
)

BIRTH = _words(
    "dob birthdate birthday dateofbirth geburtsdatum geburtstag gebdatum gebdat geb"
    " geboortedatum geboorte naissance datenaissance nacimiento fechanacimiento birth geboren"
    " ddn"
)

REGISTERED = _words(
    "ssn socialsecurity svnr sozialversicherungsnummer versichertennummer bsn insee nir dni"
    " nie curp passport reisepass personalausweis mrn nhsnumber burgerservicenummer nss"
    " steuernummer iban versicherungsnummer cpr personnummer"
)
"""Identification numbers of authorities, insurers and hospitals."""

REGISTERED_PAIRS = (
    {"social", "security"},
    {"nhs", "number"},
    {"medical", "record"},
    {"securite", "sociale"},
    {"seguridad", "social"},
    {"national", "id"},
    {"insurance", "number"},
)

COORDINATES = _words(
    "latitude longitude gps geolocation koordinaten breitengrad laengengrad latitud longitud"
    " locationlatitude locationlongitude coordinates"
)

FREE_TEXT = _words(
    "comment comments note notes remark remarks text freetext opentext specify describe"
    " description explain bemerkung bemerkungen kommentar kommentare anmerkung anmerkungen"
    " freitext sonstiges commentaire commentaires remarque remarques preciser comentario"
    " comentarios observaciones especificar opmerking opmerkingen toelichting feedback"
    " narrative reason verbatim"
)

TITLES = _words(
    "dr prof mr mrs ms miss herr frau monsieur madame mme mlle senor senora sr sra mevr dhr"
)

NO_PERSONS = _words(
    "hospital clinic university school college center centre institute street avenue road"
    " disorder therapy treatment group condition test scale syndrome disease church foundation"
    " klinik praxis universitat krankenhaus hopital ziekenhuis site ward unit team program"
    " programme index"
)
"""Words with which capitalised words name no person: `Johns Hopkins Hospital`."""

FIRST_NAMES = _words(
    "james john robert michael william david richard joseph thomas charles christopher daniel"
    " matthew anthony mark donald steven andrew paul joshua kenneth kevin brian george timothy"
    " ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin"
    " scott brandon benjamin samuel gregory alexander patrick jack dennis jerry tyler aaron"
    " henry douglas peter adam nathan zachary walter kyle harold carl jeremy keith roger"
    " gerald ethan terry sean mary patricia jennifer linda elizabeth barbara susan jessica"
    " sarah karen lisa nancy sandra betty ashley emily kimberly margaret donna michelle carol"
    " amanda melissa deborah stephanie rebecca laura sharon cynthia dorothy amy kathleen"
    " angela shirley emma brenda pamela nicole anna samantha katherine christine debra rachel"
    " carolyn janet maria heather diane olivia julie joyce victoria ruth lauren kelly"
    " christina joan evelyn judith andrea hannah megan cheryl jacqueline martha teresa gloria"
    " sara janice ann anne kathryn abigail sophia frances jean alice judy isabella julia"
    " denise amber marilyn danielle beverly theresa diana natalie brittany doris hans klaus"
    " jurgen juergen gunter guenter wolfgang werner horst dieter uwe manfred helmut gerhard"
    " bernd rainer rolf stefan andreas matthias markus sebastian florian tobias lukas jonas"
    " felix maximilian moritz niklas ursula monika petra elisabeth sabine renate helga"
    " brigitte ingrid erika gisela karin claudia birgit heike susanne kerstin anke silke"
    " katrin katharina lena leonie johanna greta heidi gabriele angelika pierre michel"
    " philippe alain nicolas christophe laurent frederic stephane francois olivier jacques"
    " thierry antoine guillaume julien marie nathalie isabelle sylvie catherine francoise"
    " valerie celine sophie chantal monique aurelie camille manon chloe lea juliette jose juan"
    " carlos luis javier miguel francisco antonio manuel pedro pablo alejandro sergio fernando"
    " jorge alberto rafael diego raul ramon enrique carmen josefa dolores pilar ana lucia"
    " elena cristina marta raquel rosa beatriz silvia mercedes concepcion alvaro ignacio jan"
    " johannes cornelis hendrik willem pieter gerrit jeroen bart maarten joost sander daan"
    " bram thijs cornelia wilhelmina anneke marijke sanne femke lotte fleur annemarie esther"
    " mohammed mohamed ahmed ali fatima aisha ivan olga natasha wei yuki priya raj giulia"
    " marco giovanni francesca luca matteo alessandro ewa agnieszka piotr krzysztof lars erik"
    " sven astrid"
)
"""Common first names that are neither month, place, faith nor everyday word."""
