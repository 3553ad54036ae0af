"""What is entered into the registers while an application is supplemented counts at the second check."""

from functools import partial

from engine.cases.running import play_steps
from engine.queries import inspection
from tests.people import ADMIN, submitted

POST = {"person": "jia", "start": "2019-03-01", "employer": "津虚重工", "own": True, "post": "焊工高级技师"}
APPLICATION = submitted("candidacy")
APPLY = {"start": "candidacy", "in": "round", "as": "jia", "by": "jia", "with": APPLICATION}
RETURN = {"verified": ["posts"], "opinion": "任职没有登记", "decision": "supplement", "gaps": "请提供任职文件"}


def tell(world, *steps):
    failure = play_steps(world, steps)
    assert failure is None, failure


def years(world):
    whole = partial(inspection.whole, library=world.engine.library, instance_id=world.instances["jia"])
    return next(finding["zh"] for finding in world.engine.inspect(whole).findings if finding["row"] == "A7.2b")


def test_a_post_registered_meanwhile_is_found_at_the_second_check(play):
    world = play("candidacy")
    tell(world, APPLY, {"complete": "screening", "of": "jia", "by": "hr", "with": {"screening": RETURN}})
    assert "申报1段任职，登记簿中有0段" in years(world)
    world.engine.import_entries(ADMIN, "posts", [POST])
    tell(world, {"complete": "supplement", "of": "jia", "by": "jia", "with": APPLICATION})
    assert "申报1段任职，登记簿中有1段" in years(world)
