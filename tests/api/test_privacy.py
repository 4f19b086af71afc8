"""One's own data through the API: consents, looks, the copy, a correction, and who may not."""

from __future__ import annotations

from tests import factories
from tests.api.kit import World


def test_one_s_own_data_by_program(world: World) -> None:
    elder, staff = world.program(world.elder), world.program(world.staff)
    volunteer = world.program(world.volunteer)
    data = f"/members/{world.elder}/data"
    assert {each["code"] for each in elder.read("/data-purposes")["purposes"]} > {"care", "place"}
    assert elder.read(data)["consents"] == {"health": "unasked", "place": "unasked"}
    answer = {"kind": "place", "agrees": False}
    assert elder.post(f"{data}/consents", answer).status_code == 204
    assert elder.read(data)["consents"]["place"] == "withdrawn"
    assert elder.post(f"{data}/consents", {"kind": "terms", "agrees": True}).status_code == 422
    asked = elder.done(f"{data}/corrections", {"address": "永中街道 9 号"})
    assert elder.post(f"{data}/corrections", {}).status_code == 422
    waiting = staff.read(f"/branches/{world.branch}/data-requests")["requests"]
    assert [each["id"] for each in waiting] == [asked["id"]]
    one = f"{data}/requests/{asked['id']}"
    assert elder.post(f"{one}/grant", {"evidence": "card"}).status_code == 403
    assert staff.post(f"{one}/grant", {"evidence": "card"}).status_code == 204
    assert staff.post(f"{one}/refusal", {"reason": "不行"}).status_code == 409
    copy = elder.read(f"{data}/copy")
    assert copy["tables"]["members"][0]["address_sealed"] == "永中街道 9 号"
    assert {each["role"] for each in elder.read(f"{data}/looks")["looks"]} == {"branch_staff"}
    erasure = elder.done(f"{data}/erasures", {"coins_to": "pool"})
    assert elder.post(f"{data}/requests/{erasure['id']}/withdrawal").status_code == 204
    for path in ("", "/looks", "/copy"):
        assert volunteer.get(f"{data}{path}").status_code == 403
    other = world.given(factories.create_branch)
    assert staff.get(f"/branches/{other}/data-requests").status_code == 403
