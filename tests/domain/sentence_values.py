"""What can stand among the values of a sentence, with braces and signs that formatting could trip over."""

from __future__ import annotations

from datetime import UTC

from hypothesis import strategies as st

from assetreg.domain.moves import Fact, Move
from assetreg.domain.sentences import Bilingual, Phrase, Sentence
from assetreg.domain.terms import Kind, RowVerdict, Stage

PHRASES = ("inga", "mottagare", "Nästa steg", "{inga", "", 'ett objekt, som {"columns": {"Serienr": "serial"}}')

words = st.text(max_size=80) | st.sampled_from(["{", "}}", "{0}", "{value}", "%(value)s", "\x00", "–", "phrase"])
plain = st.one_of(
    words,
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.decimals(allow_nan=False),
    st.sampled_from([*Stage, *Kind, *RowVerdict, *Move, *Fact]),
    st.sampled_from(PHRASES).map(Phrase),
    st.builds(Bilingual, words, words),
)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | inner.map(lambda value: Sentence("{count} delar", {"count": value}))
        | st.tuples(inner, inner)
    ),
    max_leaves=6,
)
