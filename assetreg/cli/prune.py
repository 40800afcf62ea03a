"""``assetreg prune``: pseudonymises persons and clears what has passed its time."""

from __future__ import annotations

import click

from assetreg.cli.frame import Command, Register

WORDS = {
    "persons": "personer",
    "texts": "fritexter",
    "files": "inlästa filer",
    "rows": "rader ur inlästa filer",
    "reports": "partnerrapporter",
    "emptied": "rader i partnerrapporter",
    "jobs": "avslutade bakgrundsjobb",
    "logins": "inloggningar",
    "login_attempts": "misslyckade inloggningar",
    "read_log": "rader i läsloggen",
    "stored_replies": "sparade API-svar",
}
COMPACTED = {
    True: "Databasfilen är omskriven, så inget av det finns kvar i den.",
    False: "Databasfilen kunde inte skrivas om nu. Det raderade är överskrivet, men kör kommandot igen när få arbetar.",
    None: "Det frigjorda utrymmet i PostgreSQL tas om hand av databasserverns VACUUM.",
}


NOTHING = "Inget har passerat sin tid."


@click.command("prune", cls=Command)
@click.option("--dry-run", is_flag=True, help="Visa vad som skulle gallras, utan att ändra något.")
@click.pass_obj
def command(register: Register, *, dry_run: bool) -> None:
    """Pseudonymisera och gallra det vars tid har gått."""
    from assetreg.services.pruning import running

    actor = register.actor()
    if dry_run:
        with register.reading() as session:
            counts = running.preview(session, actor=actor)
        text = f"Skulle gallras:\n{_told(counts)}" if any(counts.values()) else NOTHING
        register.say({"dry_run": True, "counts": counts}, text)
        return
    done = running.run(register.database, actor=actor)
    text = f"Gallrat:\n{_told(done.counts)}\n{COMPACTED[done.compacted]}" if any(done.counts.values()) else NOTHING
    register.say({"dry_run": False, "counts": done.counts, "compacted": done.compacted}, text)


def _told(counts: dict[str, int]) -> str:
    return "\n".join(f"{number:>8}  {WORDS[name]}" for name, number in counts.items() if number)
