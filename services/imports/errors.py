"""Why a file, an import or one of its rows is refused."""

from __future__ import annotations

from collections.abc import Sequence

from services.errors import Conflict, DomainError, Invalid, NotFound


class FileUnreadable(Invalid):
    """文件读不出来：要是 CSV（UTF-8 或 GB 18030 编码）或 XLSX 文件。"""

    code = "import_file_unreadable"


class FileTooLarge(Invalid):
    """文件太大：最多 {most_mib} 兆字节、{most_rows} 行，请分成几份。"""

    code = "import_file_too_large"


class FileEmpty(Invalid):
    """文件里一行也没有。"""

    code = "import_file_empty"


class HeadingsWrong(Invalid):
    """文件的第一行要是列名，每个列名只能有一次。"""

    code = "import_headings_wrong"


class ColumnMissing(Invalid):
    """文件里没有“{heading}”这一列，请重新选择对应的列。"""

    code = "import_column_missing"


class FieldMissing(Invalid):
    """还没有选哪一列是“{wanted}”。"""

    code = "import_field_missing"


class MappingWrong(Invalid):
    """列的对应关系不对：每一列只能对应一项，每一项只能对应一列。"""

    code = "import_mapping_wrong"


class RowsBad(Invalid):
    """文件有 {count} 行写得不对，什么都没有登记。请改好以后再上传。"""

    code = "import_rows_bad"

    def __init__(self, lines: Sequence[tuple[int, DomainError]]) -> None:
        super().__init__(field="members", count=len(lines))
        #: Every bad row by its number below the headings, with what is wrong with it.
        self.lines = tuple(lines)


class RowShape(Invalid):
    """这一行要有 {columns} 格。"""

    code = "import_row_shape"


class FormulaRefused(Invalid):
    """这一行有公式，请改成数值。"""

    code = "import_formula"


class CellTooLong(Invalid):
    """“{heading}”一格太长，最多 {most} 个字。"""

    code = "import_text_too_long"


class KeyNeeded(Invalid):
    """这一行没有原来的编号。"""

    code = "import_key_needed"


class KeyTwice(Invalid):
    """原来的编号和第 {first} 行一样。"""

    code = "import_key_twice"


class KeyIsIdNumber(Invalid):
    """原来的编号是身份证号码。编号会留在账目里，请换成别的编号，往来明细也一样。"""

    code = "import_key_is_id_number"


class AmountUnreadable(Invalid):
    """“{heading}”一格写的不是时间。"""

    code = "import_amount_unreadable"


class AccountUnknownThere(Invalid):
    """往来明细里的“{account}”不在成员名单里。"""

    code = "import_account_unknown"


class DayUnreadable(Invalid):
    """日期要写成 2026-03-05 这样，不能晚于今天。"""

    code = "import_day_unreadable"


class WordUnknown(Invalid):
    """“{heading}”一格的“{word}”看不懂，请在对照表里写明它的意思。"""

    code = "import_word_unknown"


class LayoutUnknown(Invalid):
    """没有这种格式。"""

    code = "import_layout_unknown"


class SourceNeeded(Invalid):
    """请写明余额从哪个时间银行来，最多 80 个字。"""

    code = "import_source_needed"


class ClassUnknown(Invalid):
    """请选择凭据的类别。"""

    code = "import_class_unknown"


class EvidenceNeeded(Invalid):
    """请写明凭据：签字账册的编号，或主管部门和认证文件的编号，最多 120 个字。"""

    code = "import_evidence_needed"


class TransfersNeeded(Invalid):
    """主管部门认证的数据库要附上全部往来明细。"""

    code = "import_transfers_needed"


class SampleOpen(Conflict):
    """抽查的 {size} 位成员里还有 {left} 位没有确认，不能公示。"""

    code = "import_sample_open"


class SampleDiffers(Invalid):
    """抽查名单和系统抽的不一样：第 {line} 行。"""

    code = "import_sample_differs"


class SampleDenied(Conflict):
    """抽查的成员里有 {count} 位说余额不对，请更正以后重新导入。"""

    code = "import_sample_denied"


class ImportUnknown(NotFound):
    """没有找到这次导入。"""

    code = "import_unknown"


class ImportElsewhere(Conflict):
    """这次导入已经到了下一步，请刷新以后再看。"""

    code = "import_elsewhere"


class ImportChanged(Conflict):
    """导入的内容和您看过的不一样，请重新核对以后再签署。"""

    code = "import_changed"


class NothingToBring(Conflict):
    """没有一行可以转入。"""

    code = "import_nothing"


class ImportNoticeRuns(Conflict):
    """公示到 {ends_on} 为止，过了才能签署。"""

    code = "import_notice_runs"


class ImportObjectionsOpen(Conflict):
    """还有 {count} 份异议没有处理，不能签署。"""

    code = "import_objections_open"


class NoticeNotOpen(Conflict):
    """公示没有开始或者已经结束，不能再提异议。"""

    code = "import_notice_not_open"


class ObjectionNeeded(Invalid):
    """请写明哪里不对，最多 500 个字。"""

    code = "import_objection_needed"


class RowUnknown(NotFound):
    """公示里没有这一行。"""

    code = "import_row_unknown"


class ObjectedToRow(Conflict):
    """您已经对这一行提过异议，请等管理员答复。"""

    code = "import_objected"


class RowObjectionDecided(Conflict):
    """这份异议已经处理过了。"""

    code = "import_objection_decided"


class ImportReasonNeeded(Invalid):
    """请写明理由，最多 500 个字。"""

    code = "import_reason_needed"


class UndoNotAsked(Conflict):
    """还没有人提出撤销这次导入。"""

    code = "import_undo_not_asked"


class ComparedToday(Conflict):
    """今天已经比对过了，一天只留一份结果。"""

    code = "import_compared_today"


# What may stand at a row.
class IdentityMissing(Conflict):
    """没有身份证号码，不能确认是谁。"""

    code = "identity_missing"


class IdentityTwice(Conflict):
    """同一个人在第 {first} 行已经有了。"""

    code = "identity_twice"


class NumberDiffers(Conflict):
    """志愿者编号和身份证号码不是同一个人的。"""

    code = "number_differs"


class NameDiffers(Conflict):
    """这个身份证号码在这里登记的是另一个姓名。"""

    code = "name_differs"


class HasLeft(Conflict):
    """这位成员已经离开或去世，余额要按退出或继承办理。"""

    code = "has_left"


class LivesElsewhere(Conflict):
    """这位成员的账户在别的地区。"""

    code = "lives_elsewhere"


class BelowAge(Conflict):
    """未满 {minor_age} 岁，不能成为成员。"""

    code = "below_age"


class NegativeBalance(Conflict):
    """余额是负数，不能转入。"""

    code = "negative_balance"


class AboveStorage(Conflict):
    """转入以后会超过储存上限{ceiling_minutes}。"""

    code = "above_storage"


class BroughtBefore(Conflict):
    """这位成员从同一个时间银行来的余额已经转入过了。"""

    code = "brought_before"


class WitnessesMissing(Conflict):
    """这一类凭据每位成员要有 {witnesses} 位证人，不能是本人。"""

    code = "witnesses_missing"


class TransfersDiffer(Conflict):
    """往来明细合计{counted_minutes}，和余额对不上。"""

    code = "transfers_differ"


class OwnRow(Conflict):
    """提出和签署的人不能给自己或亲属转入余额。"""

    code = "own_row"


class ObjectionUpheld(Conflict):
    """公示期间有人提出异议，管理员认为有理。"""

    code = "objection_upheld"


class SpentMeanwhile(Conflict):
    """转入的时间已经用掉了一部分，还差{shortfall_minutes}，这一行保持不变。"""

    code = "spent_meanwhile"
