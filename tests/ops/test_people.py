"""People and rights: default deny, scope, four eyes, second factor, the trail, tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yuanshou_ops.errors import EditConflict, KeyReused, NotAllowed, Refused
from yuanshou_ops.people import actions
from yuanshou_ops.people.models import AuditEvent, Organisation, RoleGrant, User
from yuanshou_ops.people.numbers import next_number, next_numbers
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import may, require, visible
from yuanshou_ops.people.policy_table import FOUR_EYES, POLICY, READING

PASSWORD = "a long enough password"


def test_without_a_grant_everything_is_denied(world: Any) -> None:
    assert not any(may(world.dina, action) for action in POLICY)


def test_every_action_of_the_table_names_known_roles() -> None:
    for action, rule in POLICY.items():
        assert rule, action
        assert set(rule) <= set(RoleGrant.Role.values), action
    assert set(FOUR_EYES) <= set(POLICY)


def test_the_auditor_only_reads_and_the_administrator_never_approves() -> None:
    for action, rule in POLICY.items():
        verb = action.split(".")[1]
        if "auditor" in rule:
            assert verb in READING or action in {"people.token_use", "ledger.seal"}, action
        if "administrator" in rule:
            assert action.startswith(("people.", "audit.")), action


def test_an_own_reach_ends_at_the_organisation(world: Any) -> None:
    assert may(world.bilal, "people.view", world.ministry)
    assert not may(world.bilal, "people.view", world.centre)
    assert list(visible(Organisation, world.bilal, "people.view")) == [world.ministry]
    assert visible(Organisation, world.amina, "people.view").count() == Organisation.objects.count()


def test_a_grant_for_one_place_ends_at_the_place(world: Any) -> None:
    local = world.person("Local", "duty_officer", world.centre, place=world.kenya)
    assert set(visible(Organisation, local, "people.view")) == {world.ministry}
    assert not may(local, "people.view", world.centre)


def test_a_refusal_says_who_may(world: Any) -> None:
    with pytest.raises(NotAllowed, match="approver"):
        require(world.amina, "ledger.write_off")


def test_an_approvers_rights_need_a_second_factor(world: Any, settings: Any) -> None:
    from allauth.mfa.models import Authenticator

    settings.YUANSHOU = {**settings.YUANSHOU, "SECOND_FACTOR": True}
    with pytest.raises(NotAllowed, match="second factor"):
        require(world.approver, "ledger.write_off")
    Authenticator.objects.create(user=world.approver, type=Authenticator.Type.TOTP, data={"secret": "x"})
    require(User.objects.get(pk=world.approver.pk), "ledger.write_off")


def test_a_grant_counts_only_after_another_person_confirmed_it(world: Any, at: Any) -> None:
    grant = actions.propose_grant(
        by=world.administrator,
        at=at,
        user=world.dina,
        organisation=world.centre,
        role="analyst",
        reason="new colleague",
    )
    assert not may(User.objects.get(pk=world.dina.pk), "ledger.view")
    actions.decide_grant(by=world.approver, at=at, grant=grant, accept=True)
    assert may(User.objects.get(pk=world.dina.pk), "ledger.view")


def test_nobody_confirms_a_grant_they_proposed_or_that_is_for_them(world: Any, at: Any) -> None:
    both = world.person("Both", "approver", world.centre)
    RoleGrant.objects.create(
        user=both, organisation=world.centre, role="administrator", status="active", proposed_at=at
    )
    grant = actions.propose_grant(by=both, at=at, user=world.dina, organisation=world.centre, role="analyst")
    with pytest.raises(NotAllowed, match="second person"):
        actions.decide_grant(by=both, at=at, grant=grant, accept=True)
    own = actions.propose_grant(by=world.administrator, at=at, user=both, organisation=world.centre, role="analyst")
    with pytest.raises(NotAllowed, match="second person"):
        actions.decide_grant(by=both, at=at, grant=own, accept=True)
    with pytest.raises(NotAllowed, match="yourself"):
        actions.propose_grant(by=both, at=at, user=both, organisation=world.centre, role="donor")


def test_a_refused_or_revoked_grant_gives_nothing(world: Any, at: Any) -> None:
    grant = actions.propose_grant(
        by=world.administrator, at=at, user=world.dina, organisation=world.centre, role="analyst"
    )
    actions.decide_grant(by=world.approver, at=at, grant=grant, accept=False, reason="unknown person")
    with pytest.raises(Refused, match="refused"):
        actions.decide_grant(by=world.second_approver, at=at, grant=RoleGrant.objects.get(pk=grant.pk), accept=True)
    actions.revoke_grant(by=world.administrator, at=at, grant=world.amina.grants.get(), reason="left")
    assert not may(User.objects.get(pk=world.amina.pk), "ledger.view")


def test_the_trail_keeps_before_and_after_and_no_password(world: Any, at: Any) -> None:
    actions.edit_organisation(
        by=world.administrator, at=at, organisation=world.giver, expected_version=1, contact="Chen, +86 1"
    )
    event = AuditEvent.objects.get(action="people.organisation_edit")
    assert event.before == {"contact": "Desk of Chen Foundation"}
    assert event.after == {"contact": "Chen, +86 1"}
    actions.add_member(by=world.administrator, at=at, email="new@example.org", name="New", password=PASSWORD)
    assert "password" not in AuditEvent.objects.get(action="people.member_add").after


def test_two_people_editing_meet_a_conflict_and_nothing_is_lost(world: Any, at: Any) -> None:
    first = Organisation.objects.get(pk=world.giver.pk)
    second = Organisation.objects.get(pk=world.giver.pk)
    actions.edit_organisation(by=world.administrator, at=at, organisation=first, expected_version=1, phone="1")
    with pytest.raises(EditConflict):
        actions.edit_organisation(by=world.administrator, at=at, organisation=second, expected_version=1, phone="2")
    assert Organisation.objects.get(pk=world.giver.pk).phone == "1"
    assert AuditEvent.objects.filter(action="people.organisation_edit").count() == 1


def test_the_first_administrator_is_made_once(world: Any, at: Any) -> None:
    with pytest.raises(Refused, match="administrator"):
        actions.set_up_first_administrator(
            email="x@example.org", name="X", password=PASSWORD, organisation_name="X", place=world.italy, at=at
        )


def test_a_weak_password_is_refused_with_the_reason(world: Any, at: Any) -> None:
    with pytest.raises(Refused, match="too short"):
        actions.add_member(by=world.administrator, at=at, email="new@example.org", name="New", password="short")


def test_numbers_are_given_out_in_order_and_once_a_year(db: Any, at: Any) -> None:
    assert next_numbers("R", at, 3) == ["R-2020-000001", "R-2020-000002", "R-2020-000003"]
    assert next_number("R", at) == "R-2020-000004"
    assert next_number("R", at + timedelta(days=300)) == "R-2021-000001"


def test_a_command_with_the_same_key_runs_once(world: Any, at: Any) -> None:
    ran = []

    def do() -> tuple[int, Any]:
        ran.append(1)
        return 201, {"number": len(ran)}

    first = once(key="a", by=world.amina, at=at, content={"x": 1}, do=do)
    assert once(key="a", by=world.amina, at=at, content={"x": 1}, do=do) == first == (201, {"number": 1})
    with pytest.raises(KeyReused):
        once(key="a", by=world.amina, at=at, content={"x": 2}, do=do)
    assert once(key="a", by=world.chen, at=at, content={"x": 2}, do=do) == (201, {"number": 2})


def test_a_token_works_until_it_expires_or_is_revoked(world: Any, at: Any) -> None:
    token, secret = actions.make_token(by=world.amina, at=at, name="script", scopes=["ledger:read"], days=1)
    assert actions.user_of_token(secret, at=at) == token
    assert actions.user_of_token(secret + "x", at=at) is None
    assert actions.user_of_token(secret, at=at + timedelta(days=1)) is None
    actions.revoke_token(by=world.amina, at=at, token=token)
    assert actions.user_of_token(secret, at=at) is None
    with pytest.raises(Refused, match="scopes"):
        actions.make_token(by=world.amina, at=at, name="script", scopes=["ledger:everything"])


def test_pages_show_what_the_role_may_and_no_more(world: Any, client: Any) -> None:
    assert client.get("/people/").status_code == 302
    client.force_login(world.dina)
    assert client.get("/people/").status_code == 403
    client.force_login(world.bilal)
    page = client.get("/people/")
    assert page.status_code == 200
    assert b"Ministry of Health, Kenya" in page.content
    assert b"Chen Foundation" not in page.content
    assert client.get("/people/organisations/GIVER").status_code == 404


def test_an_organisation_is_added_and_edited_on_pages(world: Any, client: Any) -> None:
    client.force_login(world.administrator)
    values = {"code": "NEW", "name": "New NGO", "kind": "ngo", "place": "KEN"}
    assert client.post("/people/organisations/add", values).status_code == 302
    again = client.post("/people/organisations/add", values)
    assert again.status_code == 422
    assert "a code of its own" in again.content.decode()
    edit = {"name": "New NGO", "kind": "ngo", "place": "KEN", "phone": "5", "is_active": "on", "version": 1}
    assert client.post("/people/organisations/NEW/edit", edit).status_code == 302
    conflict = client.post("/people/organisations/NEW/edit", {**edit, "phone": "6"})
    assert conflict.status_code == 409
    assert "Two people edited this" in conflict.content.decode()
    assert Organisation.objects.get(code="NEW").phone == "5"


def test_every_page_of_people_and_ledger_opens(world: Any, stock: Any, client: Any) -> None:
    account = stock(100)
    client.force_login(world.amina)
    for address in (
        "/", "/people/", "/people/me", "/people/grants", "/ledger/", "/ledger/moves", "/ledger/recalls",
        "/ledger/write-offs",
        f"/ledger/accounts/{account.pk}", f"/ledger/lots/{account.lot_id}", "/ledger/books?check=1", "/ledger/in",
        "/ledger/?format=csv", "/ledger/?format=xlsx", "/ledger/?sort=-balance&state=vetted",
    ):  # fmt: skip
        assert client.get(address).status_code == 200, address


def test_a_list_pages_by_key_and_shows_every_row_once(world: Any, stock: Any, client: Any) -> None:
    for index in range(60):
        stock(10 + index % 7, number=f"L{index:03}")
    client.force_login(world.amina)
    for sort in ("balance", "-balance", "lot__number", "lot__expires_on"):
        seen: list[str] = []
        address = f"/ledger/?sort={sort}"
        while address:
            response = client.get(address)
            seen += [row[1]["value"] for row in response.context["rows"]]
            address = f"/ledger/?{response.context['more']}" if response.context["more"] else ""
        assert sorted(seen) == [f"L{index:03}" for index in range(60)], sort


def test_failed_sign_ins_lock_the_account_for_a_while(world: Any, client: Any) -> None:
    user = User.objects.create_user("lock@example.org", PASSWORD, name="Lock")
    for _attempt in range(6):
        page = client.post("/account/login/", {"login": user.email, "password": "wrong"})
    assert "Too many failed login attempts" in page.content.decode()
    page = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    client.logout()


def test_signing_in_works_with_the_password_and_nobody_signs_up_alone(world: Any, client: Any) -> None:
    User.objects.create_user("in@example.org", PASSWORD, name="In")
    assert client.post("/account/login/", {"login": "in@example.org", "password": PASSWORD}).status_code == 302
    assert "_auth_user_id" in client.session
    client.logout()
    assert b"closed" in client.get("/account/signup/").content.lower()
