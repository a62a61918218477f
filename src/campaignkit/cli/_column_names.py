"""What known programs call the columns of their exports, in several languages.

Names are compared without case, accents, white space and punctuation. They are separated by
semicolons, and those further up are preferred.
"""

from __future__ import annotations

from typing import Final

from campaignkit import Channel

ID: Final = """
lead_id; Lead-ID; Lead ID 18; Prospect ID; Contact ID; Person ID; Record ID; Record Id; hs_object_id
Apollo Contact Id; Apollo Record Id; vid; Lead Number; Lead No; Contact Number; Customer ID
Subscriber ID; Member ID; User ID; External ID; UUID; GUID; ID; Id.
Lead-Nr.; Lead-Nummer; Kontakt-ID; Kontakt-Nr.; Kontaktnummer; Datensatz-ID; Personen-ID
Kundennummer; Kunden-Nr.; Kunden-ID; Nummer; Nr.
ID du lead; Identifiant du lead; ID du prospect; ID du contact; Identifiant; Numéro; N°
ID de la fiche d'informations; Référence
ID del lead; ID de lead; ID de cliente potencial; ID del contacto; ID de contacto; ID de prospecto
ID de registro; Identificador; Número de cliente; Código
ID contatto; ID lead; ID cliente; Identificativo; ID do lead; ID do contato; ID contact; Klantnummer
"""

NATURAL_ID: Final = """
Profile URL; LinkedIn URL; LinkedIn Profile URL; Person Linkedin Url; URL; LinkedIn
Email; Email Address; E-Mail-Adresse; Adresse e-mail; Correo electrónico; Indirizzo email; E-mail
E-mailadres; Work Email; Primary Email; Email - Work; Email - Home
"""
"""Columns that stand in for an id in files that have none."""

SCORE: Final = """
als_score; Lead Score; Fit Score; Score; HubSpot Score; Contact Score; Overall Score; Total Score
Combined Score; Engagement Score; Predictive Score; Predictive Lead Score; Einstein Score
Pardot Score; Propensity; Likelihood to close; Probability; Lead Quality; Lead Grade; Grade; Rating
Lead Rating; Member Rating; Priority; Fit; Points
Lead-Bewertung; Bewertung; Punktzahl; Punkte; Gesamtpunktzahl; Note; Qualität; Priorität
Score du lead; Score total; Notation; Qualité; Priorité; Évaluation; Score HubSpot
Puntuación del lead; Puntuación; Puntaje; Puntos; Calificación; Prioridad; Puntuación de HubSpot
Punteggio; Valutazione; Pontuação; Classificação; Waardering; Beoordeling; Scoring
"""

CONTACT: Final = {
    Channel.EMAIL: """
Email; Email Address; Work Email; Business Email; Company Email; Primary Email; Email - Work
E-Mail-Adresse; E-Mail geschäftlich; Mail; Mailadresse; Adresse e-mail; Adresse mail; Courriel
Adresse électronique; E-mail professionnel; Correo electrónico; Correo; Dirección de correo
Indirizzo email; Posta elettronica; Endereço de email; E-mailadres; Email - Home; Email - Other
""",
    Channel.VOICE: """
Phone; Phone Number; Work Phone; Business Phone; Work Direct Phone; Direct Phone; Telephone
Telephone Number; Tel; Tel.; Primary Phone; Phone - Work; Corporate Phone; Main Phone; Home Phone
Telefon; Telefonnummer; Telefon geschäftlich; Tel.-Nr.; Rufnummer; Festnetz; Téléphone
Numéro de téléphone; Tél.; Téléphone professionnel; Teléfono; Número de teléfono; Telefono
Numero di telefono; Telefone; Telefoon; Telefoonnummer
""",
    Channel.SMS: """
Mobile; Mobile Phone; Mobile Phone Number; Mobile Number; Cell; Cell Phone; Cellphone
Phone - Mobile
SMS; SMS Number; WhatsApp; Handy; Handynummer; Mobil; Mobiltelefon; Mobilnummer; Portable
Mobile pro
Téléphone portable; Téléphone mobile; Numéro de portable; Móvil; Teléfono móvil; Celular
Cellulare; Telefono cellulare; Telemóvel; Mobiel
""",
    Channel.LINKEDIN: """
LinkedIn; LinkedIn URL; LinkedIn Profile; LinkedIn Profile URL; Person Linkedin Url; Profile URL
LinkedIn Link; LinkedIn Bio; LinkedIn-Profil; Profil LinkedIn; URL LinkedIn; URL de LinkedIn
Perfil de LinkedIn; hs_linkedin_url; URL
""",
    Channel.MAIL: """
Street; Street Address; Mailing Street; Mailing Address; Postal Address; Address; Address 1
Address Line 1; Business Street; Company Address; Straße; Strasse; Straße und Hausnummer; Anschrift
Postanschrift; Rue; Adresse; Adresse postale; Calle; Dirección; Dirección postal; Indirizzo; Via
Rua; Endereço; Straat; Adres
""",
}
"""The columns without whose value a lead cannot be reached on a channel."""

PROSPECT: Final = {
    "industry": """
Industry; Sector; Line of business; Vertical; Branche; Wirtschaftszweig; Secteur; Secteur d'activité
Sector industrial; Industria; Settore; Setor; Bedrijfstak
""",
    "title": """
Job Title; Title; Position; Job Position; Role; Job Role; Occupation; Headline; Funktion; Jobtitel
Berufsbezeichnung; Stellenbezeichnung; Beruf; Poste; Intitulé du poste; Fonction; Cargo; Puesto
Puesto de trabajo; Qualifica; Ruolo; Posizione; Função; Functie; Functietitel; Job
""",
    "company_size": """
Company Size; Number of Employees; No. of Employees; # Employees; Employees; Employee Count
Headcount
Employee Range; Size; Mitarbeiter; Mitarbeiterzahl; Anzahl Mitarbeiter; Anzahl der Mitarbeiter
Unternehmensgröße; Firmengröße; Effectif; Effectifs; Nombre d'employés; Taille de l'entreprise
Número de empleados; Empleados; Tamaño de la empresa; Numero di dipendenti; Dipendenti
Número de funcionários; Aantal werknemers; Bedrijfsgrootte
""",
    "location": """
Location; Ubicación; Localisation; Standort; Geography; Place; Lieu; Localización; Plaats
""",
}
"""The columns of the fields of a prospect."""

PLACES: Final = (
    """
City; Mailing City; Business City; Town; Ort; Stadt; Wohnort; Ville; Ciudad; Localidad; Città
Località; Cidade; Stad; Woonplaats
""",
    """
State; Mailing State; State/Province; State/Region; Region; Province; Bundesland; Région
Département; Provincia; Estado/Provincia; Regione
""",
    """
Country; Mailing Country; Country/Region; Land; Pays; País; Paese
""",
)
"""The columns of the parts of a location, the smallest first."""

PERSONS: Final = "Contact; Person; Prospect; Primary; Kontakt; Ansprechpartner; Contacto"
DEALS: Final = "Lead; Deal"
COMPANIES: Final = "Company; Account; Organization; Organisation; Firma; Unternehmen; Employer"
"""Words that may stand before a name: whose value it is."""

# -- What closes a channel ------------------------------------------------------------------------

CLOSING_FORMS: Final = """
do not *; dont *; no *; * opt out; opt out *; * opted out; opted out *; opted out of *
has opted out of *; opt out of *; * optout; * unsubscribed; unsubscribed *; unsubscribed from *
unsubscribe *; * unsubscribe; * blacklisted; * blocked; * suppressed; stop *; exclude from *
do not allow *; do not bulk *; do not send *; do not use *; no more *; * bounced; * hard bounced
is * bounced; * bounce; * hard bounce
* bounce reason; * bounced reason; * hard bounce reason
* invalid; invalid *; * do not contact; * disallowed
keine *; kein *; * abgemeldet; abgemeldet *; * gesperrt; * widerspruch; opt out *
ne pas *; pas de *; désinscrit *; désabonné *; no enviar *; baja *; * baja; niet *; geen *; non *
"""
"""How names say that a channel, which stands in the place of the star, is closed."""

CHANNEL_WORDS: Final = {
    Channel.EMAIL: """
email; emails; e-mail; e-mails; all email; all emails; bulk email; bulk emails; email address
marketing email; marketing emails; email marketing; emailing; newsletter; e-mailen; d'e-mail
envoyer d'e-mail; correo; correos; correo electrónico; mailen; enviar correo; newsletters
e-mails senden; email senden; the newsletter; commercial emails
""",
    Channel.VOICE: """
call; calls; phone; phone calls; phone call; telephone; voice; calling; Anruf; Anrufe; Telefon
anrufen; appeler; appels; téléphone; téléphoner; llamar; llamadas; teléfono; bellen; chiamare
""",
    Channel.SMS: """
sms; text; texts; texting; text message; text messages; SMS senden; WhatsApp; mobile
""",
    Channel.MAIL: """
mail; mails; post; postal mail; postal mails; direct mail; letter; letters; Brief; Briefe
Briefpost; courrier; correo postal; carta; cartas; brieven; paper mail
""",
    Channel.LINKEDIN: """
linkedin; linkedin message; linkedin messages; inmail; inmails; linkedin contact
""",
}
"""How names of columns that close a channel call it."""

CLOSING: Final = {
    Channel.EMAIL: """
Unsubscribed; Unsubscribe; Unsubscribed from all email; Bounced; Hard Bounce; Hard Bounced
Invalid email address; Email bounced; Email invalid; Spam complaint; Abgemeldet; Abbestellt
Newsletter abbestellt; Keine Mail; Keine Mails; Keine Mails senden; Unzustellbar; Désinscrit
Désabonné; Désabonnement; Baja; Dado de baja
De baja; Rebotado; Disiscritto; Cancellato; Descadastrado; Afgemeld; Uitgeschreven
""",
    Channel.VOICE: """
DNC; Do not call list; DNC list; Nicht anrufen; Robinson; Bloctel; Ne pas appeler; No llamar
""",
    Channel.SMS: "SMS stop; Stop; No WhatsApp",
    Channel.MAIL: "Robinsonliste; Nicht zustellbar; Return to sender; Undeliverable address",
    Channel.LINKEDIN: "",
}
"""Names of columns that close a channel, which have no form."""

CLOSING_ALL: Final = """
Do not contact; Opt out; Optout; Opted out; Has opted out; Blacklisted; Blocklisted; Suppressed
Do not disturb; No contact; Blacklist; Do not market; Nicht kontaktieren; Werbesperre; Kontaktsperre
Werbewiderspruch; Widerspruch; Gesperrt; Kontaktverbot; Ne pas contacter; Opposition; Liste noire
No contactar; Lista negra; Non contattare; Não contatar; Niet contacteren; Deceased
"""
"""Names of columns that close all channels."""

CONSENT_FORMS: Final = """
* opt in; opt in *; * optin; * opted in; opted in to *; * consent; consent to *; * permission
* allowed; allow *; * ok; can *; may *; * subscribed; subscribed to *; * einwilligung
einwilligung *; * erlaubt; consentement *; consentimiento *; * consenso
"""
"""How names say that a channel, which stands in the place of the star, needs a yes."""

CONSENT: Final = """
Consent; Marketing consent; GDPR consent; Opt-in; Optin; Opted in; Subscribed; Einwilligung
Werbeeinwilligung; Consentement; Consentement marketing; Consentimiento; Consenso; Toestemming
"""
"""Names of columns that must say yes for email."""

STATUS: Final = """
Email Status; Email Validation; Email Verification; Email Verification Status; Email Quality
Email Deliverability; Marketing Status; Subscription Status; Subscriber Status; Newsletter Status
Email Permission Status; Email Subscription Status; Marketing contact status; Opt-in Status
E-Mail-Status; Newsletter-Status; Abonnement; Abostatus; Statut e-mail; Statut de l'e-mail
Statut marketing; Estado del email; Estado del correo; Estado de suscripción; Stato email
Status; Lead Status; Contact Status; Statut; Statut du lead; Estado; Estado del lead; Stato; Zustand
"""
"""Columns whose values may close channels."""

CLOSING_HINTS: Final = """
opt out; opted out; opt in; opted in; unsub; do not; don't call; don't email; don't contact; DNC
blacklist; blocklist; blocked; suppress; consent; GDPR; RGPD; DSGVO; spam; complain; bounce
deceased; permission; accepts marketing; subscribed; undeliver; no contact; no call; exclude
Robinson; gesperrt; Widerspruch; abgemeldet; abbestellt; keine Werbung; unerwünscht; unzustellbar
désinscri; désabon; ne pas; stop pub; dado de baja; no molestar; consentimiento; lista negra
Einwilligung; ok to; Sperre; disiscritt; consenso; afgemeld; uitgeschreven; toestemming
contactable; can contact
"""
"""Parts of names of columns that may be about what closes a channel."""

CLOSING_VALUES: Final = """
unsubscribed; unsubscribe; bounced; bounce; hard bounce; hard bounced; hardbounce; cleaned; invalid
undeliverable; spam; spam complaint; complained; complaint; opted out; opt out; opt-out; archived
no consent; no_consent; do not email; do not allow; unavailable; blocked; suppressed
non-marketing contact; abgemeldet; ausgetragen; abbestellt; ungültig; unzustellbar; gesperrt
désinscrit; désabonné; invalide; rejeté; baja; de baja; dado de baja; no suscrito; rebotado
inválido; desuscrito; disiscritto; non valido; afgemeld; uitgeschreven; ongeldig
"""
"""Values that close the channel that their column is about, or email."""

CLOSING_ALL_VALUES: Final = """
do not contact; dnc; do_not_contact; blacklisted; blocklisted; blacklist; nicht kontaktieren
werbesperre; ne pas contacter; liste noire; no contactar; lista negra; non contattare; deceased
"""
"""Values that close all channels."""

# -- Values ---------------------------------------------------------------------------------------

SALUTATIONS: Final = """
Mr; Mrs; Ms; Miss; Mx; Dr; Prof; Sir; Herr; Frau; Divers; M; Mme; Mlle; Monsieur; Madame; Sr; Sra
Srta; Don; Doña; Sig; Signora; Signor; Dhr; Mevr; Dr. med; Prof. Dr; Hr; Fr
"""
"""Values of a column of titles that are no titles of jobs."""

GRADES: Final = {
    90: "A; Hot; High; Very high; Heiß; Hoch; Chaud; Haut; Élevé; Caliente; Alto; Alta; Caldo",
    70: "B; Warm; Medium; Mittel; Tiède; Moyen; Moyenne; Templado; Tibio; Medio; Media; Tiepido",
    50: "C; Cool; Lauwarm; Kühl; Fresco; Neutral",
    30: "D; Cold; Low; Kalt; Niedrig; Gering; Froid; Faible; Bas; Frío; Bajo; Baja; Freddo; Laag",
    15: "E; Very low; Sehr niedrig",
    0: "F; Dead; Junk; Disqualified; None; Tot",
}
"""Scores of the words that programs have for grades; each is in the middle of a tier."""
