"""What a notice says outside a page: in the reader's language, with our name and the hotline."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from services.notices.sending import Outgoing
from timebank.i18n import say, speaking
from timebank.settings import Settings


@dataclass(frozen=True, slots=True)
class Wording:
    """How this instance calls itself, and the number that helps."""

    name: str
    name_en: str
    hotline: str

    @classmethod
    def of(cls, settings: Settings) -> Wording:
        """From the settings."""
        return cls(settings.product_name, settings.product_name_en, settings.hotline)

    def called(self, language: str) -> str:
        """The product's name in a language."""
        return self.name_en if language == "en" else self.name

    def sentence(self, going: Outgoing) -> str:
        """The notice itself."""
        return say(going.sentence, going.params, going.language)

    def short(self, going: Outgoing) -> str:
        """A text message: our name first, as the networks ask of those who send them."""
        name = self.called(going.language)
        mark = f"[{name}] " if going.language == "en" else f"【{name}】"
        return mark + self.sentence(going)

    def subject(self, going: Outgoing) -> str:
        """What a mail is about; nothing of what it says, since others may see it in passing."""
        with speaking(going.language):
            topics = {
                "code": _("您的验证码"),
                "service": _("关于服务的通知"),
                "account": _("关于您账户的通知"),
            }
            return f"{self.called(going.language)} – {topics[going.topic]}"

    def body(self, going: Outgoing) -> str:
        """A mail as plain text."""
        with speaking(going.language):
            lines = (
                say(going.sentence, going.params),
                "",
                _("有疑问请打服务电话 %(phone)s。", phone=self.hotline),
                _("这封邮件由系统发出，不用回复。想换一种通知方式，请登录后打开“通知方式”。"),
                "",
                self.called(going.language),
                "",
            )
            return "\n".join(lines)
