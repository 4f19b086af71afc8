"""Refusals and notices of ratings, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid


class NotForRating(Conflict):
    """这次服务还不能评价，确认以后再评。"""

    code = "not_for_rating"


class RatingTooLate(Conflict):
    """服务结束已经超过 {days} 天，不能再评价。"""

    code = "rating_too_late"


class RatingSettled(Conflict):
    """评价 {days} 天内可以改，现在已经过了。"""

    code = "rating_settled"


class ScoreUnknown(Invalid):
    """请选满意、一般或者不满意。"""

    code = "score_unknown"


class TooManyRatingWords(Invalid):
    """请写短一点，最多 {most} 个字。"""

    code = "too_many_rating_words"


RATED_FOR_YOU = "{service}（编号{reference}）已替您记下评价：{rating}。不对可以改。"
