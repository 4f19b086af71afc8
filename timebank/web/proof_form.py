"""Which days a certificate of service is about: asked on the own pages and at the counter."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm


class ProofForm(PageForm):
    """From the first day to the last; both may be left empty."""

    first = f.DateField(_l("从哪一天开始？"), single=True, hint=_l("不填，就从第一次服务算起。"))
    last = f.DateField(_l("到哪一天为止？"), single=True, hint=_l("不填，就到今天为止。"))
