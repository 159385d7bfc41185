"""«Мой профиль» → «Уведомления»: of what I want to hear, on the pages and by e-mail."""

import falcon
import falcon.asgi

from gateway_http.forms import FormData, FormView, read_form
from gateway_http.i18n import N_
from gateway_http.pages.form_refusals import show_refusal
from gateway_http.pages.me import MePage, me_tabs
from gateway_http.screen import Screen
from gateway_http.words.notification_words import KINDS
from services.contracts.notifications import (
    NotificationChoice,
    NotificationChoices,
    NotificationKind,
    NotificationsRpc,
)
from services.contracts.refusals import Invalid

URL = "/me/notifications"


class MyNotificationChoices(MePage):
    """`/me/notifications`."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen = self.screen(req, resp)
        choices = await screen.call(NotificationsRpc.get_choices)
        self._show(screen, choices, form_of(choices))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        screen, data = self.screen(req, resp), await read_form(req)
        form = FormView.typed(data)
        form.restored = data.has("restored")
        choices = await screen.call(NotificationsRpc.get_choices)
        if not form.restored:
            try:
                await screen.call(NotificationsRpc.choose, choices_typed(data, choices))
            except Invalid as refusal:
                show_refusal(form, refusal, screen)
            else:
                screen.go(URL, screen.text(N_("Saved")))
                return
        self._show(screen, choices, form, falcon.HTTP_422 if form.has_errors else falcon.HTTP_200)

    def _show(
        self, screen: Screen, choices: NotificationChoices, form: FormView, status: str = falcon.HTTP_200
    ) -> None:
        screen.show(
            "pages/me_notifications.html",
            status,
            tabs=me_tabs(screen, URL),
            form=form,
            kinds=[(choice.kind.value, screen.text(KINDS[choice.kind])) for choice in choices.choices],
            mail_available=choices.mail_available,
            email=screen.state.require_session().user.email,
        )


def form_of(choices: NotificationChoices) -> FormView:
    return FormView(
        {
            "on_pages": [choice.kind.value for choice in choices.choices if choice.on_pages],
            "by_mail": [choice.kind.value for choice in choices.choices if choice.by_mail],
        }
    )


def choices_typed(data: FormData, now: NotificationChoices) -> tuple[NotificationChoice, ...]:
    """What was ticked. While there is no e-mail its boxes cannot be ticked, and what was chosen before stays."""
    on_pages, by_mail = data.all("on_pages"), data.all("by_mail")
    before = {choice.kind: choice.by_mail for choice in now.choices}
    return tuple(
        NotificationChoice(kind, kind.value in on_pages, kind.value in by_mail if now.mail_available else before[kind])
        for kind in NotificationKind
        if kind in before
    )
