"""Refusals and notices of training, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound, RecordedRefusal


class CourseUnknown(NotFound):
    """没有找到这门课程。"""

    code = "course_unknown"


class SessionUnknown(NotFound):
    """没有找到这一期培训。"""

    code = "session_unknown"


class CourseCodeTaken(Conflict):
    """这个课程代码已经用过了，请换一个。"""

    code = "course_code_taken"


class CourseEnded(Conflict):
    """这门课程已经停办。"""

    code = "course_ended"


class NotACourseCertificate(Invalid):
    """课程发的证书要从公布的目录里选。"""

    code = "not_a_course_certificate"


class StudyTooShort(Invalid):
    """这种证书要求学满{hours}小时，课程的学时不够。"""

    code = "study_too_short"


class SessionTimes(Invalid):
    """培训的开始时间要晚于现在，结束要晚于开始，一期不超过 14 天。"""

    code = "session_times"


class PlacesOutOfRange(Invalid):
    """名额应是 1 到 {most} 之间的整数。"""

    code = "places_out_of_range"


class ValidDays(Invalid):
    """证书的有效期应是 1 到 {most} 天；长期有效的不用填。"""

    code = "valid_days"


class NotForBooking(Conflict):
    """这一期培训现在不能报名。"""

    code = "not_for_booking"


class EnrolledAlready(Conflict):
    """您已经报了这一期的名。"""

    code = "enrolled_already"


class NotEnrolled(Conflict):
    """名单里没有这个人，请先报名。"""

    code = "not_enrolled"


class NotAVolunteer(Conflict):
    """培训是给志愿者的，请先登记为志愿者。"""

    code = "not_a_volunteer"


class NotAttendingNow(Conflict):
    """签到只在开课前 30 分钟到下课后 60 分钟之间。"""

    code = "not_attending_now"


class AttendCodeWrong(RecordedRefusal):
    """签到码不对，请再看一次教室里的六位数字。还可以试{left}次。"""

    code = "attend_code_wrong"


class AttendCodeLocked(RecordedRefusal):
    """签到码错了太多次，请找培训老师签到。"""

    code = "attend_code_locked"


class NotAttended(Conflict):
    """没有签到的人不能评定结果。"""

    code = "not_attended"


class AssessedAlready(Conflict):
    """这个人的结果已经评定过了。"""

    code = "assessed_already"


class ScoreOutOfRange(Invalid):
    """成绩应是 0 到 100 的整数。"""

    code = "score_out_of_range"


class NotOverYet(Conflict):
    """培训还没有结束，结束后再评定结果。"""

    code = "not_over_yet"


BOOKED = "您报上了《{course}》，{start_at}，在{place}。"
WAITING = "《{course}》的名额已满，您排在候补名单里，有空位会告诉您。"
MOVED_UP = "《{course}》空出了名额，您已经报上：{start_at}，在{place}。来不了请取消。"
SESSION_CANCELLED = "《{course}》{start_at}的这一期取消了：{reason}"
PASSED = "您通过了《{course}》，证书已经记入您的档案。"
FAILED = "《{course}》这次没有通过，可以再报下一期。"
ENDS_SOON = "您的《{certificate}》将在{ends_on}到期，到期后有些服务就不能接了，请早些报名复训。"
ENDED = "您的《{certificate}》已经到期，需要它的服务暂时不能接。复训通过后就恢复。"
