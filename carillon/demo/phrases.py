"""What is said to callers: the manual's system prompts (chapter 4) in four languages, and the demo's own lines."""

from __future__ import annotations

from dataclasses import dataclass

from carillon.demo import people

LANGUAGES = ("en", "nl", "fr", "de")


#: Callers hear this while they wait: the words, and then nothing for a while before they come again.
PAUSES = {"midcall_hold_current": 10}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A spoken prompt; `words` are in the order of LANGUAGES. The English words are the manual's description."""

    key: str
    name: str
    words: tuple[str, str, str, str]
    #: What the list shows; empty = the English words.
    shown: str = ""

    @property
    def description(self) -> str:
        return self.shown or self.words[0]


@dataclass(frozen=True, slots=True)
class Sound:
    """A prompt without words; sound.py makes it by its key."""

    key: str
    name: str
    description: str


SOUNDS = (
    Sound("beep", "Beep", "[short beep]"),
    Sound("conference_beep", "Conference beep", "[short beep]"),
    Sound("mch", "MCH", "MCH"),
    Sound("music_on_hold", "Music on hold", "[quiet music]"),
    Sound("ringin", "Ringin", "[ring tone]"),
    Sound("silence", "Silence", "[1 second of silence]"),
    Sound("silence_halfsecond", "Silence halfsecond", "[1/2 second of silence]"),
    Sound("user_unavailable", "User unavailable", "[three tone beep]"),
)
#: The organization's own prompt: not a system prompt, may be deleted.
OWN = "mch"

PHRASES = (
    Phrase(
        "busy_greeting",
        "Busy greeting",
        (
            "The person you have called is currently busy.",
            "De persoon die u belt, is momenteel in gesprek.",
            "La personne que vous appelez est actuellement occupée.",
            "Die angerufene Person ist zurzeit besetzt.",
        ),
    ),
    Phrase(
        "general_greeting",
        "General greeting",
        (
            "The person you have called is not available.",
            "De persoon die u belt, is niet bereikbaar.",
            "La personne que vous appelez n'est pas disponible.",
            "Die angerufene Person ist nicht erreichbar.",
        ),
    ),
    Phrase(
        "invalid_choice",
        "Invalid choice",
        ("Invalid choice.", "Ongeldige keuze.", "Choix non valable.", "Ungültige Auswahl."),
    ),
    Phrase(
        "lunch_greeting",
        "Lunch greeting",
        (
            "The person you have called is currently on lunch.",
            "De persoon die u belt, is momenteel aan het lunchen.",
            "La personne que vous appelez est actuellement en pause de midi.",
            "Die angerufene Person ist zurzeit in der Mittagspause.",
        ),
    ),
    Phrase(
        "meeting_greeting",
        "Meeting greeting",
        (
            "The person you have called is currently in a meeting.",
            "De persoon die u belt, is momenteel in vergadering.",
            "La personne que vous appelez est actuellement en réunion.",
            "Die angerufene Person ist zurzeit in einer Besprechung.",
        ),
    ),
    Phrase(
        "midcall_hold_current",
        "Midcall hold current",
        (
            "Your call has been put on hold. Please wait.",
            "Uw oproep is in de wacht gezet. Een ogenblik geduld.",
            "Votre appel a été mis en attente. Veuillez patienter.",
            "Ihr Anruf wird gehalten. Bitte warten Sie.",
        ),
        shown="Your call has been put on hold. Please wait. [10 seconds silence]",
    ),
    Phrase(
        "no_answer_greeting",
        "No answer greeting",
        (
            "Please leave a message after the tone.",
            "Laat een bericht achter na de toon.",
            "Veuillez laisser un message après le signal sonore.",
            "Bitte hinterlassen Sie eine Nachricht nach dem Ton.",
        ),
    ),
    Phrase(
        "ooo_greeting",
        "Ooo greeting",
        (
            "The person is currently out of office.",
            "De persoon is momenteel niet op kantoor.",
            "La personne est actuellement absente du bureau.",
            "Die Person ist zurzeit nicht im Büro.",
        ),
    ),
    Phrase(
        "placed_in_queue",
        "Placed in queue",
        (
            "Your call is placed in queue.",
            "Uw oproep staat in de wachtrij.",
            "Votre appel est placé dans la file d'attente.",
            "Ihr Anruf befindet sich in der Warteschlange.",
        ),
    ),
    Phrase(
        "sick_greeting",
        "Sick greeting",
        (
            "The person you have called is sick.",
            "De persoon die u belt, is ziek.",
            "La personne que vous appelez est malade.",
            "Die angerufene Person ist krank.",
        ),
    ),
    Phrase(
        "still_placed_in_queue",
        "Still placed in queue",
        (
            "Thank you for waiting.",
            "Bedankt voor het wachten.",
            "Merci de votre patience.",
            "Vielen Dank für Ihre Geduld.",
        ),
    ),
    Phrase(
        "vac_greeting",
        "Vac greeting",
        (
            "The person you called is currently on vacation.",
            "De persoon die u belt, is momenteel op vakantie.",
            "La personne que vous appelez est actuellement en vacances.",
            "Die angerufene Person ist zurzeit im Urlaub.",
        ),
    ),
    Phrase(
        "vocalmail_busy_in_call",
        "Vocalmail busy in call",
        (
            "The person you have called is busy in call.",
            "De persoon die u belt, is aan het telefoneren.",
            "La personne que vous appelez est en communication.",
            "Die angerufene Person spricht gerade.",
        ),
    ),
    Phrase("welcome", "Welcome", ("Welcome.", "Welkom.", "Bienvenue.", "Willkommen.")),
    Phrase(
        "wrong_nr",
        "Wrong nr",
        ("Invalid number.", "Ongeldig nummer.", "Numéro non valable.", "Ungültige Nummer."),
    ),
)

#: The manual's list has no words for these reasons; the decision needs them.
EXTRA = (
    Phrase(
        "user_no_answer",
        "User no answer",
        (
            "The person you have called does not answer.",
            "De persoon die u belt, neemt niet op.",
            "La personne que vous appelez ne répond pas.",
            "Die angerufene Person meldet sich nicht.",
        ),
    ),
    Phrase(
        "forbidden_destination",
        "Forbidden destination",
        (
            "You may not call this number.",
            "U mag dit nummer niet bellen.",
            "Vous ne pouvez pas appeler ce numéro.",
            "Sie dürfen diese Nummer nicht anrufen.",
        ),
    ),
    Phrase(
        "budget_used_up",
        "Budget used up",
        (
            "Your calls of today are used up.",
            "Uw belkrediet van vandaag is op.",
            "Votre quota d'appels du jour est épuisé.",
            "Ihr Anrufkontingent für heute ist aufgebraucht.",
        ),
    ),
)

HELLO = {
    "en": "Hello, this is {name}.",
    "nl": "Hallo, met {name}.",
    "fr": "Bonjour, ici {name}.",
    "de": "Guten Tag, hier ist {name}.",
}
#: What the demo carrier says for the number that was called.
CARRIER = {
    "carrier_landline": "This is the demo carrier. You have called a landline.",
    "carrier_mobile": "This is the demo carrier. You have called a mobile number.",
    "carrier_international": "This is the demo carrier. You have called a number in another country.",
    "carrier_other": "This is the demo carrier. You have called a special number.",
    "carrier_emergency": "This is the test answer of the emergency centre. No help is on its way.",
    "carrier_voicemail": "This is the voice mail of Farid Benali. Please leave a message after the tone.",
}


def hello_key(name: str) -> str:
    """The key of what a demo phone says when it answers."""
    return "hello_" + name.lower().replace(" ", "_")


def spoken() -> list[tuple[str, str, str]]:
    """Everything that has to be said: (key, language, words)."""
    lines = [
        (phrase.key, language, words)
        for phrase in (*PHRASES, *EXTRA)
        for language, words in zip(LANGUAGES, phrase.words, strict=True)
    ]
    lines += [(key, "en", words) for key, words in CARRIER.items()]
    for company in people.COMPANIES:
        for person in company.people:
            if person.phone is people.Behaviour.ANSWERS:
                words = HELLO[person.language].format(name=person.name)
                lines.append((hello_key(person.name), person.language, words))
    return lines
