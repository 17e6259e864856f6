"""Worked answers by HTTP: what the page shows, and nothing where they are kept back."""

from cellscope.app.features.sheet.dialogue import worked_answer
from cellscope.app.features.sheet.own import start_facts
from cellscope.app.features.sheet.route import answer_response
from cellscope.app.features.sheet.table import QUESTIONS


def test_a_worked_answer_is_the_one_that_the_page_shows() -> None:
    for language in ("en", "de"):
        answer = answer_response("1.1", language)
        expected = worked_answer(QUESTIONS["1.1"], start_facts("1.1"), language)
        assert (answer.status_code, bytes(answer.body).decode()) == (200, expected)


def test_where_answers_are_kept_back_none_leaves() -> None:
    answer = answer_response("1.1", "en", "hidden")
    assert answer.status_code == 403
    assert b"\\(" not in bytes(answer.body)


def test_an_unknown_question_or_language_is_named() -> None:
    assert answer_response("3.1", "en").status_code == 404
    assert answer_response("1.1", "fr").status_code == 422
