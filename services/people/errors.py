"""What can be wrong with a person's record, in words the person reads."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound, Throttled


class NotAMember(NotFound):
    """没有找到这位成员。"""

    code = "not_a_member"


class NameWrong(Invalid):
    """请写身份证上的姓名，2 到 40 个字。"""

    code = "name_wrong"


class SexMismatch(Invalid):
    """性别与身份证号码不一致，请核对。"""

    code = "sex_mismatch"


class BirthMismatch(Invalid):
    """出生日期与身份证号码不一致，请核对。"""

    code = "birth_mismatch"


class IdNumberTaken(Conflict):
    """这个身份证号码不能再次登记。如果您登记过，请直接登录，或到网点请工作人员查询。"""

    code = "id_number_taken"


class TooYoung(Invalid):
    """{minor_age} 岁以下的孩子不能参加。要领继承的时间，请监护人带孩子到网点开户。"""

    code = "too_young"


class GuardianNeeded(Invalid):
    """未满 {adult_age} 岁，需要监护人同意：请写监护人的姓名、与孩子的关系和同意的方式。"""

    code = "guardian_needed"


class GuardianIdNeeded(Invalid):
    """未满 {child_age} 岁，请写清楚监护人的身份证号码。"""

    code = "guardian_id_needed"


class TermsNeeded(Invalid):
    """请先阅读并同意服务协议。"""

    code = "terms_needed"


class ConsentHow(Invalid):
    """请写明本人是怎样同意的：签字、口头（电话或当面）或书面文件。"""

    code = "consent_how"


class PhoneWrong(Invalid):
    """电话号码不对：手机是 11 位数字，座机请带区号。"""

    code = "phone_wrong"


class TooManyWords(Invalid):
    """这里最多写 {most} 个字。"""

    code = "too_many_words"


class PlaceWrong(Invalid):
    """地图上的位置不对，请重新选择。"""

    code = "place_wrong"


class BranchElsewhere(Invalid):
    """这个网点不在您选的县（市、区），请重新选择网点。"""

    code = "branch_elsewhere"


class MoveNeeded(Conflict):
    """搬到别的县（市、区）要办搬家：您自己登录以后办，或者到新家的网点办。"""

    code = "move_needed"


class LoginNameWrong(Invalid):
    """登录名用 4 到 32 个小写字母、数字、点或连字符，以字母开头。"""

    code = "login_name_wrong"


class LoginNameTaken(Conflict):
    """这个登录名已经有人用了，请换一个。"""

    code = "login_name_taken"


class UnknownServiceCode(Invalid):
    """服务目录里没有这一项，请重新选择。"""

    code = "unknown_service_code"


class NoFreeNumber(Conflict):
    """暂时没有分到志愿者编号，请再试一次。"""

    code = "no_free_number"


class CheckedAlready(Conflict):
    """这位成员的身份已经核验过了。"""

    code = "checked_already"


class NotActive(Conflict):
    """这位成员还没有核验身份，请先核验。"""

    code = "not_active"


class UnknownHow(Invalid):
    """请选择办理方式。"""

    code = "unknown_how"


class UnknownCertificate(Invalid):
    """规则里没有这种证书，请重新选择。"""

    code = "unknown_certificate"


class CertificateDates(Invalid):
    """证书的到期日不能早于生效日。"""

    code = "certificate_dates"


class NotACertificate(NotFound):
    """没有找到这份证书。"""

    code = "not_a_certificate"


class CertificateEnded(Conflict):
    """这份证书已经失效了。"""

    code = "certificate_ended"


class MissingText(Invalid):
    """请填写这一项。"""

    code = "missing_text"


class GradeAgainstScore(Invalid):
    """总分 {score} 分对应的等级是 {expected}，与填写的等级 {grade} 不一致，请核对。"""

    code = "grade_against_score"


class InFuture(Invalid):
    """日期不能晚于今天。"""

    code = "in_future"


class BeforeBirth(Invalid):
    """日期不能早于出生日期。"""

    code = "before_birth"


class UnknownRelation(Invalid):
    """请选择两人的关系。"""

    code = "unknown_relation"


class OwnKin(Invalid):
    """不能把本人登记为自己的亲属。"""

    code = "own_kin"


class KinAlready(Conflict):
    """两人已经登记了别的关系，请先核对。"""

    code = "kin_already"


class NotKin(NotFound):
    """两人没有登记亲属关系。"""

    code = "not_kin"


class UnknownScope(Invalid):
    """请选择可以代办的事情。"""

    code = "unknown_scope"


class EndsInPast(Invalid):
    """结束日期要在今天以后。"""

    code = "ends_in_past"


class OwnDelegate(Invalid):
    """不能委托给本人。"""

    code = "own_delegate"


class DelegateIsClerk(Forbidden):
    """经办人不能把委托办给自己或自己的亲属，请交给其他工作人员。"""

    code = "delegate_is_clerk"


class NotADelegation(NotFound):
    """没有找到这份委托。"""

    code = "not_a_delegation"


class NotAConsent(NotFound):
    """没有找到这份同意书。"""

    code = "not_a_consent"


class DoorWordWrong(Invalid):
    """暗号写 2 到 12 个字，不要用数字和标点。"""

    code = "door_word_wrong"


class UnknownRole(Invalid):
    """没有这种岗位或范围，请重新选择。"""

    code = "unknown_role"


class RoleBeyond(Forbidden):
    """这个岗位要由上级任命。"""

    code = "role_beyond"


class RoleHeld(Conflict):
    """这位成员已经有这个岗位了。"""

    code = "role_held"


class RolesClash(Conflict):
    """监督人员不能兼任经办岗位。"""

    code = "roles_clash"


class NotARole(NotFound):
    """没有找到这个岗位。"""

    code = "not_a_role"


class PauseShorter(Conflict):
    """暂停期到 {until} 为止，提前恢复请到网点办理。"""

    code = "pause_shorter"


class SearchTooShort(Invalid):
    """请输入编号、身份证号码、电话或至少一个姓氏。"""

    code = "search_too_short"


class PasswordLength(Invalid):
    """密码要 {least} 到 {most} 个字符。"""

    code = "password_length"


class PasswordKnown(Invalid):
    """这个密码太常见，容易被猜到，请换一个。"""

    code = "password_known"


class PasswordPersonal(Invalid):
    """密码里不要写自己的编号、电话、身份证号码或登录名。"""

    code = "password_personal"


class PasswordWrong(Invalid):
    """现在的密码不对。"""

    code = "password_wrong"


class TokenDays(Invalid):
    """令牌的有效期是 1 到 {most} 天。"""

    code = "token_days"


class NotAToken(NotFound):
    """没有找到这个令牌。"""

    code = "not_a_token"


class TooManyTries(Throttled):
    """密码错的次数太多了。请过 {minutes} 分钟再试，或者改用短信验证码登录。"""

    code = "too_many_tries"
