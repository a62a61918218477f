"""Exports as known programs write their headers, with made-up rows, and what their columns are."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from attrs import Factory, frozen

from campaignkit.cli._column_guess import ColumnGuess


@frozen
class Export:
    """The lines of a file, separated by semicolons, and the columns that it has.

    `block`, `need` and `prospect` are as in a campaign's file. `says` is in a note.
    """

    lines: Sequence[str]
    id: str
    score: str
    scale: str = "0..100"
    grades: Mapping[str, int] = Factory(dict[str, int])
    block: Mapping[str, Sequence[str]] = Factory(dict[str, Sequence[str]])
    need: Mapping[str, Sequence[str]] = Factory(dict[str, Sequence[str]])
    prospect: Mapping[str, str] = Factory(dict[str, str])
    says: Sequence[str] = ()

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """The header and the rows."""
        return [*csv.reader(self.lines, delimiter=";")]

    def to_csv(self, mark: str = ",") -> str:
        """Return the file with another delimiter."""
        written = io.StringIO()
        csv.writer(written, delimiter=mark, lineterminator="\n").writerows(self.rows)
        return written.getvalue()

    @property
    def expected(self) -> Mapping[str, object]:
        """The parts of the guess, in plain values."""
        return {
            "id": self.id,
            "score": self.score,
            "scale": self.scale,
            "grades": self.grades,
            "block": self.block,
            "need": self.need,
            "prospect": self.prospect,
        }


def to_plain(guess: ColumnGuess) -> Mapping[str, object]:
    """Return the parts of a guess but its notes, in plain values."""
    return {
        "id": guess.id,
        "score": guess.score,
        "scale": guess.scale,
        "grades": guess.grades,
        "block": {channel.value: [*columns] for channel, columns in guess.block.items()},
        "need": {channel.value: [*columns] for channel, columns in guess.need.items()},
        "prospect": guess.prospect,
    }


KNOWN_EXPORTS: Mapping[str, Export] = {
    "campaignkit": Export(
        [
            "lead_id;als_score;title;industry;location;phone;do_not_email;do_not_call",
            "lead-1;76;Office Manager;Media buying;Adelaide, SA;+1 202 555 0128;no;no",
            "lead-2;29.5;CEO;SEO;Brisbane, QLD;;yes;no",
        ],
        id="lead_id",
        score="als_score",
        block={"email": ["do_not_email"], "voice": ["do_not_call"]},
        need={"voice": ["phone"], "sms": ["phone"]},
        prospect={"title": "title", "industry": "industry", "location": "location"},
    ),
    "Salesforce: a report": Export(
        [
            (
                "Lead ID;First Name;Title;Company / Account;Email;Phone;Mobile;Street;City"
                ";Industry;No. of Employees;Rating;Email Opt Out;Do Not Call;Lead Owner;Lead Status"
            ),
            (
                "00Q01;Ann;CEO;Acme;ann@example.com;+1 202 555 0101;;1 Main St;Perth;Media;40;Hot"
                ";0;1;Kim;Open - Not Contacted"
            ),
            "00Q02;Bo;CTO;Bolt;;;+1 202 555 0102;;Sydney;SEO;;Cold;1;0;Kim;Working",
        ],
        id="Lead ID",
        score="Rating",
        grades={"Hot": 90, "Cold": 30},
        block={"email": ["Email Opt Out"], "voice": ["Do Not Call"]},
        need={
            "email": ["Email"],
            "voice": ["Phone"],
            "sms": ["Mobile"],
            "mail": ["Street"],
        },
        prospect={
            "title": "Title",
            "industry": "Industry",
            "company_size": "No. of Employees",
            "location": "City",
        },
        says=["'Rating' has words, which are taken as scores: 'Hot' as 90, 'Cold' as 30"],
    ),
    "Salesforce: Data Loader": Export(
        [
            (
                "Id;LastName;Title;Email;MobilePhone;Street;Country;Industry;NumberOfEmployees"
                ";Fit_Score__c;HasOptedOutOfEmail;HasOptedOutOfFax;DoNotCall;IsEmailBounced"
            ),
            (
                "00Q01;Lee;CEO;ann@example.com;+1 202 555 0101;1 Main St;Australia;Media;40;0.93"
                ";false;false;true;false"
            ),
            "00Q02;Day;CTO;bo@example.com;;;Ireland;SEO;1200;0.4;true;false;false;true",
        ],
        id="Id",
        score="Fit_Score__c",
        scale="0..1",
        block={"email": ["HasOptedOutOfEmail", "IsEmailBounced"], "voice": ["DoNotCall"]},
        need={
            "email": ["Email"],
            "voice": ["MobilePhone"],
            "sms": ["MobilePhone"],
            "mail": ["Street"],
        },
        prospect={
            "title": "Title",
            "industry": "Industry",
            "company_size": "NumberOfEmployees",
            "location": "Country",
        },
        says=["'Fit_Score__c' has 0.4 to 0.93, so its scale seems to be 0..1"],
    ),
    "HubSpot": Export(
        [
            (
                "Record ID;First Name;Last Name;Email;Phone Number;Job Title;City;Contact owner"
                ";HubSpot Score;Unsubscribed from all email;Email hard bounce reason"
                ";Opted out of email: Marketing Information;Marketing contact status;LinkedIn URL"
                ";Associated Company IDs;Lead Status"
            ),
            (
                "151;Ann;Lee;ann@example.com;+1 202 555 0101;CEO;Perth;Kim;87;false;;false"
                ";Marketing contact;https://www.linkedin.com/in/x-ann;9;OPEN"
            ),
            (
                "152;Bo;Day;bo@example.com;;CTO;Sydney;Kim;12;true;UNKNOWN_USER;"
                ";Non-marketing contact;;9;UNQUALIFIED"
            ),
        ],
        id="Record ID",
        score="HubSpot Score",
        block={
            "email": [
                "Unsubscribed from all email",
                "Opted out of email: Marketing Information",
                "Marketing contact status:Non-marketing contact",
            ]
        },
        need={
            "email": ["Email"],
            "linkedin": ["LinkedIn URL"],
            "voice": ["Phone Number"],
            "sms": ["Phone Number"],
        },
        prospect={"title": "Job Title", "location": "City"},
        says=["'Email hard bounce reason' is not used: its values are neither yes nor no"],
    ),
    "Apollo": Export(
        [
            (
                "First Name;Last Name;Title;Company Name;Email;Email Status;Seniority"
                ";Work Direct Phone;Mobile Phone;Corporate Phone;# Employees;Industry"
                ";Person Linkedin Url;City;State;Country;Company Linkedin Url;Apollo Contact Id"
                ";Apollo Account Id;Lead Score"
            ),
            (
                "Ann;Lee;CEO;Acme;ann@example.com;Verified;C suite;;+1 202 555 0101;+1 202 555 0109"
                ";40;media;http://www.linkedin.com/in/x-ann;Perth;WA;Australia"
                ";http://www.linkedin.com/company/x-acme;66f1;77a;8"
            ),
            (
                "Bo;Day;CTO;Bolt;;Unavailable;C suite;;;+1 202 555 0108;1200;internet"
                ";http://www.linkedin.com/in/x-bo;Sydney;NSW;Australia;;66f2;77b;3.25"
            ),
        ],
        id="Apollo Contact Id",
        score="Lead Score",
        scale="0..10",
        block={"email": ["Email Status:Unavailable"]},
        need={
            "email": ["Email"],
            "linkedin": ["Person Linkedin Url"],
            "voice": ["Corporate Phone"],
            "sms": ["Mobile Phone"],
        },
        prospect={
            "title": "Title",
            "industry": "Industry",
            "company_size": "# Employees",
            "location": "City,State,Country",
        },
        says=["'Lead Score' has 3.25 to 8, so its scale seems to be 0..10"],
    ),
    "Facebook Lead Ads": Export(
        [
            (
                "id;created_time;ad_id;ad_name;campaign_id;form_id;is_organic;full_name;email"
                ";phone_number;job_title;company_name;city;score"
            ),
            (
                "l:101;2026-11-01T10:00:00+00:00;ag:1;Spring;c:1;f:1;false;Ann Lee"
                ";ann@example.com;p:+12025550101;CEO;Acme;Perth;90"
            ),
            (
                "l:102;2026-11-01T11:00:00+00:00;ag:1;Spring;c:1;f:1;false;Bo Day"
                ";bo@example.com;p:+12025550102;CTO;Bolt;Sydney;35"
            ),
        ],
        id="id",
        score="score",
        need={"email": ["email"], "voice": ["phone_number"], "sms": ["phone_number"]},
        prospect={"title": "job_title", "location": "city"},
    ),
    "LinkedIn: connections": Export(
        [
            "First Name;Last Name;URL;Email Address;Company;Position;Connected On;Score",
            "Ann;Lee;https://www.linkedin.com/in/x-ann;;Acme;CEO;01 Nov 2026;4.5",
            "Bo;Day;https://www.linkedin.com/in/x-bo;bo@example.com;Bolt;CTO;02 Nov 2026;2",
        ],
        id="URL",
        score="Score",
        scale="0..5",
        need={"email": ["Email Address"], "linkedin": ["URL"]},
        prospect={"title": "Position"},
        says=["no column is called an id: it is 'URL' (every row has its own value)"],
    ),
    "LinkedIn: Lead Gen Forms": Export(
        [
            (
                "Lead ID;Campaign ID;Form Name;First Name;Last Name;Email;Phone Number;Job Title"
                ";Company Size;Industry;Country/Region;LinkedIn Profile URL;Lead quality"
            ),
            (
                "9-1;7;Fair;Ann;Lee;ann@example.com;;CEO;11-50;Media;Australia"
                ";https://www.linkedin.com/in/x-ann;High"
            ),
            (
                "9-2;7;Fair;Bo;Day;bo@example.com;;CTO;1,001-5,000;SEO;Ireland"
                ";https://www.linkedin.com/in/x-bo;Low"
            ),
        ],
        id="Lead ID",
        score="Lead quality",
        grades={"High": 90, "Low": 30},
        need={
            "email": ["Email"],
            "linkedin": ["LinkedIn Profile URL"],
            "voice": ["Phone Number"],
            "sms": ["Phone Number"],
        },
        prospect={
            "title": "Job Title",
            "industry": "Industry",
            "company_size": "Company Size",
            "location": "Country/Region",
        },
    ),
    "Pipedrive": Export(
        [
            (
                "Lead - ID;Lead - Title;Lead - Owner;Person - Name;Person - Email - Work"
                ";Person - Phone - Mobile;Person - Marketing status;Organization - Industry"
                ";Organization - Number of employees;Organization - Address;Lead - Score"
            ),
            (
                "d5-1;Acme deal;Kim;Ann Lee;ann@example.com;+1 202 555 0101;Subscribed;Media;40"
                ";1 Main St, Perth;85%"
            ),
            "d5-2;Bolt deal;Kim;Bo Day;bo@example.com;;Unsubscribed;SEO;1200;;20%",
        ],
        id="Lead - ID",
        score="Lead - Score",
        block={"email": ["Person - Marketing status:Unsubscribed"]},
        need={
            "email": ["Person - Email - Work"],
            "voice": ["Person - Phone - Mobile"],
            "sms": ["Person - Phone - Mobile"],
        },
        prospect={
            "industry": "Organization - Industry",
            "company_size": "Organization - Number of employees",
        },
    ),
    "Zoho": Export(
        [
            (
                "Record Id;Lead Name;Company;Email;Phone;Mobile;Designation;Lead Status;Score"
                ";Email Opt Out;Unsubscribed Mode;Street;City"
            ),
            ("zcrm_1;Ann Lee;Acme;ann@example.com;+1 202 555 0101;;CEO;New;55;No;;1 Main St;Perth"),
            "zcrm_2;Bo Day;Bolt;bo@example.com;;;CTO;Junk Lead;20;Yes;Manual;;Sydney",
        ],
        id="Record Id",
        score="Score",
        block={"email": ["Email Opt Out"]},
        need={
            "email": ["Email"],
            "voice": ["Phone"],
            "sms": ["Mobile"],
            "mail": ["Street"],
        },
        prospect={"location": "City"},
    ),
    "Dynamics": Export(
        [
            (
                "Lead;Topic;Lead Number;Email;Business Phone;Mobile Phone;Do not allow Bulk Emails"
                ";Do not allow Emails;Do not allow Phone Calls;Do not allow Mails;Lead Score;Grade"
            ),
            (
                "Ann Lee;Fair;L-1;ann@example.com;+1 202 555 0101;;Allow;Do Not Allow;Allow"
                ";Do Not Allow;91;A"
            ),
            (
                "Bo Day;Fair;L-2;bo@example.com;;+1 202 555 0102;Do Not Allow;Allow;Do Not Allow"
                ";Allow;35;C"
            ),
        ],
        id="Lead Number",
        score="Lead Score",
        block={
            "email": ["Do not allow Bulk Emails:Do Not Allow", "Do not allow Emails:Do Not Allow"],
            "voice": ["Do not allow Phone Calls:Do Not Allow"],
            "mail": ["Do not allow Mails:Do Not Allow"],
        },
        need={"email": ["Email"], "voice": ["Business Phone"], "sms": ["Mobile Phone"]},
        says=["the score is 'Lead Score', but it could also be 'Grade'"],
    ),
    "Mailchimp": Export(
        [
            (
                "Email Address;First Name;Last Name;Address;Phone Number;MEMBER_RATING;OPTIN_TIME"
                ";LEID;EUID;NOTES;TAGS"
            ),
            "ann@example.com;Ann;Lee;1 Main St Perth;;4;2026-11-01 10:00:00;101;a1;;fair",
            "bo@example.com;Bo;Day;;;2;2026-11-01 11:00:00;102;a2;;",
        ],
        id="Email Address",
        score="MEMBER_RATING",
        scale="0..5",
        need={
            "email": ["Email Address"],
            "voice": ["Phone Number"],
            "sms": ["Phone Number"],
            "mail": ["Address"],
        },
        says=["no column is called an id: it is 'Email Address' (every row has its own value)"],
    ),
    "Excel in English": Export(
        [
            (
                "No;ID;Name;Job title;Company size;Location;E-mail;Mobile number;Score (0-10)"
                ";Email consent;Opt-out;Do not text"
            ),
            "1;A1;Ann Lee;CEO;11-50;Perth, WA;ann@example.com;+1 202 555 0101;7;yes;;x",
            "2;A2;Bo Day;CTO;51-200;Sydney;bo@example.com;;10;no;x;",
        ],
        id="ID",
        score="Score (0-10)",
        scale="0..10",
        block={
            "email": ["Email consent:no,0,f,false,n", "Opt-out"],
            "linkedin": ["Opt-out"],
            "voice": ["Opt-out"],
            "sms": ["Opt-out", "Do not text"],
            "mail": ["Opt-out"],
        },
        need={
            "email": ["E-mail", "Email consent"],
            "voice": ["Mobile number"],
            "sms": ["Mobile number"],
        },
        prospect={"title": "Job title", "company_size": "Company size", "location": "Location"},
    ),
    "Excel in German": Export(
        [
            (
                "Kundennummer;Anrede;Titel;Vorname;Firma;Branche;Position;Mitarbeiterzahl;E-Mail"
                ";Telefon;Handy;Straße;PLZ;Ort;Bewertung;Werbesperre;Newsletter abgemeldet"
                ";Nicht anrufen"
            ),
            (
                "007;Frau;Dr.;Jana;Acme;Medien;Geschäftsführerin;40;j@example.com;+49 30 5550101;"
                ";Am Markt 1;10115;Berlin;85,5;0;1;0"
            ),
            (
                "008;Herr;;Uwe;Bolt;SEO;Leiter;1200;u@example.com;;+49 17 550102;;50667;Köln;40;1"
                ";0;1"
            ),
        ],
        id="Kundennummer",
        score="Bewertung",
        block={
            "email": ["Werbesperre", "Newsletter abgemeldet"],
            "linkedin": ["Werbesperre"],
            "voice": ["Werbesperre", "Nicht anrufen"],
            "sms": ["Werbesperre"],
            "mail": ["Werbesperre"],
        },
        need={
            "email": ["E-Mail"],
            "voice": ["Telefon"],
            "sms": ["Handy"],
            "mail": ["Straße"],
        },
        prospect={
            "industry": "Branche",
            "title": "Position",
            "company_size": "Mitarbeiterzahl",
            "location": "Ort",
        },
    ),
    "Excel in French": Export(
        [
            (
                "Identifiant;Civilité;Nom;Fonction;Secteur d'activité;Effectif;Ville"
                ";Adresse e-mail;Téléphone;Téléphone portable;Adresse;Score du lead;Désabonné"
                ";Ne pas appeler;Statut e-mail"
            ),
            (
                "F-1;Mme;Léa;PDG;Médias;40;Lyon;lea@example.com;+33 1 55 50 01 01;;1 rue X;0,82;1;0"
                ";Valide"
            ),
            "F-2;M.;Luc;DSI;SEO;1200;Lille;luc@example.com;;+33 6 55 50 01 02;;0,4;0;1;Invalide",
        ],
        id="Identifiant",
        score="Score du lead",
        scale="0..1",
        block={
            "email": ["Désabonné", "Statut e-mail:Invalide"],
            "voice": ["Ne pas appeler"],
        },
        need={
            "email": ["Adresse e-mail"],
            "voice": ["Téléphone"],
            "sms": ["Téléphone portable"],
            "mail": ["Adresse"],
        },
        prospect={
            "title": "Fonction",
            "industry": "Secteur d'activité",
            "company_size": "Effectif",
            "location": "Ville",
        },
    ),
    "Excel in Spanish": Export(
        [
            (
                "Identificador;Nombre;Cargo;Sector;Número de empleados;Ciudad;Correo electrónico"
                ";Teléfono;Móvil;Dirección;Puntuación;Estado de suscripción;No llamar;No contactar"
            ),
            (
                "E-1;Ana;Directora;Medios;40;Madrid;ana@example.com;+34 91 555 0101;;Calle X 1;90"
                ";Suscrito;0;0"
            ),
            (
                "E-2;Leo;Gerente;SEO;1200;Sevilla;leo@example.com;;+34 655 50 01 02;;45"
                ";Dado de baja;1;0"
            ),
        ],
        id="Identificador",
        score="Puntuación",
        block={
            "email": ["Estado de suscripción:Dado de baja", "No contactar"],
            "linkedin": ["No contactar"],
            "voice": ["No llamar", "No contactar"],
            "sms": ["No contactar"],
            "mail": ["No contactar"],
        },
        need={
            "email": ["Correo electrónico"],
            "voice": ["Teléfono"],
            "sms": ["Móvil"],
            "mail": ["Dirección"],
        },
        prospect={
            "title": "Cargo",
            "industry": "Sector",
            "company_size": "Número de empleados",
            "location": "Ciudad",
        },
    ),
}
