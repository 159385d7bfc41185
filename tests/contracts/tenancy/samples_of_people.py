"""Sample calls of what is kept of users, keys, the journal, notifications and accounts."""

import uuid

from services.contracts.api_keys import NewApiKey
from services.contracts.identity import NewAccount
from services.contracts.journal import JournalQuery
from services.contracts.notifications import NotificationQuery
from services.contracts.operator import OperatedChanges, OperatedQuery
from services.contracts.own_sign_in import CodeWrong, SecondFactorState
from services.contracts.permissions import Role
from services.contracts.refusals import Forbidden, Invalid
from services.contracts.users import NewUser, UserChanges, UserQuery
from services.contracts.values import NotificationId
from tests.contracts.tenancy.sample import Sample, SystemOnly, answered, refused
from tests.contracts.tenancy.world import PASSWORD


def _new_name() -> str:
    return f"u{uuid.uuid4().hex[:12]}"


SAMPLES_OF_PEOPLE: dict[str, tuple[Sample, ...] | SystemOnly] = {
    "UsersRpc.page_users": (answered(lambda w, i: (UserQuery(q="alice"),)),),
    "UsersRpc.get_user": (refused(lambda w, i: (i.user,)),),
    "UsersRpc.add_user": (answered(lambda w, i: (NewUser(_new_name(), "Новый", roles=(Role.VIEWER,)),)),),
    "UsersRpc.change_user": (refused(lambda w, i: (i.user, UserChanges(name="Мой"), None)),),
    "UsersRpc.remove_user": (refused(lambda w, i: (i.user, None)),),
    "UsersRpc.issue_one_time_password": (refused(lambda w, i: (i.user,)),),
    "UsersRpc.remove_second_factor": (refused(lambda w, i: (i.user,)),),
    "UsersRpc.end_sessions_of": (refused(lambda w, i: (i.user,)),),
    "OwnSignInRpc.list_own_sessions": (answered(lambda w, i: ()),),
    "OwnSignInRpc.end_other_sessions": (answered(lambda w, i: ()),),
    "OwnSignInRpc.renew_session": (answered(lambda w, i: ()),),
    "OwnSignInRpc.change_own_password": (refused(lambda w, i: (PASSWORD, PASSWORD), Invalid),),
    "OwnSignInRpc.change_own_email": (answered(lambda w, i: ("charlie@shop.ru", PASSWORD)),),
    "OwnSignInRpc.get_second_factor": (answered(lambda w, i: ()),),
    "OwnSignInRpc.offer_second_factor": (answered(lambda w, i: (PASSWORD,)),),
    "OwnSignInRpc.confirm_second_factor": (refused(lambda w, i: ("000000",), CodeWrong),),
    "OwnSignInRpc.renew_recovery_codes": (refused(lambda w, i: (PASSWORD,), SecondFactorState),),
    "OwnSignInRpc.give_up_second_factor": (refused(lambda w, i: (PASSWORD,), SecondFactorState),),
    "ApiKeysRpc.list_api_keys": (answered(lambda w, i: ()),),
    "ApiKeysRpc.make_api_key": (answered(lambda w, i: (NewApiKey(_new_name(), (Role.VIEWER,)),)),),
    "ApiKeysRpc.revoke_api_key": (refused(lambda w, i: (i.key,)),),
    "JournalRpc.page_journal": (
        answered(lambda w, i: (JournalQuery(q="Секрет"),)),
        answered(lambda w, i: (JournalQuery(who_id=i.user),)),
        answered(lambda w, i: (JournalQuery(thing="register", thing_id=i.register),)),
    ),
    "JournalRpc.journal_words": (answered(lambda w, i: ()),),
    "JournalRpc.note_export": (answered(lambda w, i: ("journal", 1)),),
    "NotificationsRpc.page_notifications": (answered(lambda w, i: (NotificationQuery(),)),),
    "NotificationsRpc.count_unseen": (answered(lambda w, i: ()),),
    "NotificationsRpc.mark_seen": (answered(lambda w, i: ((NotificationId(i.upload),),)),),
    "NotificationsRpc.mark_all_seen": (answered(lambda w, i: ()),),
    "NotificationsRpc.get_choices": (answered(lambda w, i: ()),),
    "NotificationsRpc.choose": (answered(lambda w, i: ((),)),),
    "OperatorRpc.page_accounts": (refused(lambda w, i: (OperatedQuery(q="Секрет"),), Forbidden),),
    "OperatorRpc.get_operated_account": (refused(lambda w, i: (i.account,), Forbidden),),
    "OperatorRpc.find_account": (refused(lambda w, i: (100_001,), Forbidden),),
    "OperatorRpc.suggest_sign_in_name": (refused(lambda w, i: ("ООО",), Forbidden),),
    "OperatorRpc.open_account": (refused(lambda w, i: (NewAccount("ООО", "boss", ""),), Forbidden),),
    "OperatorRpc.change_operated_account": (
        refused(lambda w, i: (i.account, OperatedChanges(name="Моя"), None), Forbidden),
    ),
    "OperatorRpc.suspend_account": (refused(lambda w, i: (i.account, ""), Forbidden),),
    "OperatorRpc.resume_account": (refused(lambda w, i: (i.account,), Forbidden),),
    "OperatorRpc.delete_account": (refused(lambda w, i: (i.account, ""), Forbidden),),
    "OperatorRpc.restore_account": (refused(lambda w, i: (i.account,), Forbidden),),
    "OperatorRpc.issue_password_for": (refused(lambda w, i: (i.account, "alice"), Forbidden),),
    "OperatorRpc.create_operator": SystemOnly("the operator's command line"),
}
