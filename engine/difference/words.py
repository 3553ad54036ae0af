"""A change as a sentence in Chinese and English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.difference.changes import How
from engine.difference.facts import EXISTS, ORDER, Kind
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.difference.changes import Change

KINDS: Mapping[Kind, Text] = {
    Kind.DIAGRAM: Text("流程图", "Diagram"),
    Kind.TABLE: Text("规则表", "Table"),
    Kind.FORM: Text("表单", "Form"),
    Kind.SETTING: Text("参数", "Setting"),
    Kind.POLICY: Text("政策", "Policy"),
    Kind.CASE: Text("用例", "Worked case"),
    Kind.FILE: Text("文件", "File"),
}
HOWS: Mapping[How, Text] = {
    How.ADDED: Text("新增", "added"),
    How.REMOVED: Text("删除", "removed"),
    How.CHANGED: Text("修改", "changed"),
}
# By the last step of the property's path; what is not here is called as the file calls it.
_WHAT: Mapping[str, Text] = {
    "name": Text("名称", "name"),
    "within": Text("所在位置", "where it stands"),
    "lane": Text("泳道", "lane"),
    "sourceRef": Text("来自", "from"),
    "targetRef": Text("通向", "to"),
    "default": Text("默认值", "default"),
    "conditionExpression": Text("条件", "condition"),
    "timeDuration": Text("等待时长", "duration"),
    "timeDate": Text("时刻", "moment"),
    "timeCycle": Text("循环", "cycle"),
    "dueDate": Text("办理期限", "due date"),
    "candidateGroups": Text("候选角色", "candidate groups"),
    "assignee": Text("办理人", "assignee"),
    "formId": Text("表单", "form"),
    "decisionId": Text("规则", "decision"),
    "resultVariable": Text("结果变量", "result"),
    "type": Text("类型", "type"),
    "messageRef": Text("消息", "message"),
    "cancelActivity": Text("是否中断", "interrupts"),
    "attachedToRef": Text("附在", "attached to"),
    "inputCollection": Text("逐个处理的列表", "collection"),
    "outputElement": Text("每次的结果", "output of a turn"),
    "outputCollection": Text("结果列表", "outputs"),
    "correlationKey": Text("对应编号", "correlation key"),
    "documentation": Text("说明", "documentation"),
    "hitPolicy": Text("命中策略", "hit policy"),
    "aggregation": Text("汇总方式", "aggregation"),
    "description": Text("说明", "description"),
    "text": Text("表达式", "expression"),
    "label": Text("名称", "label"),
    "key": Text("字段名", "key"),
    "required": Text("必填", "required"),
    "hide": Text("隐藏条件", "hidden when"),
    "min": Text("最小值", "least"),
    "max": Text("最大值", "most"),
    "minLength": Text("最短", "shortest"),
    "maxLength": Text("最长", "longest"),
    "pattern": Text("格式", "pattern"),
    "valuesExpression": Text("选项", "options"),
    "source": Text("来源", "source"),
    "unit": Text("单位", "unit"),
    "roles": Text("角色", "roles"),
    "from": Text("起", "from"),
    "until": Text("止", "until"),
    "issued_on": Text("发文日期", "issued on"),
    "number": Text("文号", "number"),
    "letter": Text("等级代码", "level letter"),
    "gist": Text("要点", "gist"),
    "content": Text("内容", "content"),
    "zh": Text("中文", "Chinese"),
    "en": Text("英文", "English"),
    "clause": Text("条款", "clauses"),
    "output": Text("输出", "output"),
    "values": Text("选项", "option"),
    "variable": Text("变量", "variable"),
    "requiredDecision": Text("所需规则", "needs the decision"),
    "requiredInput": Text("所需输入", "needs the input"),
    ORDER: Text("顺序", "order"),
    "value": Text("值", "value"),
}
_TYPES: Mapping[str, Text] = {
    "process": Text("流程", "process"),
    "userTask": Text("人工任务", "user task"),
    "serviceTask": Text("服务任务", "service task"),
    "businessRuleTask": Text("规则任务", "rule task"),
    "scriptTask": Text("计算任务", "script task"),
    "sendTask": Text("发送任务", "send task"),
    "receiveTask": Text("等待任务", "receive task"),
    "callActivity": Text("调用流程", "call"),
    "subProcess": Text("子流程", "sub-process"),
    "exclusiveGateway": Text("排他网关", "exclusive gateway"),
    "parallelGateway": Text("并行网关", "parallel gateway"),
    "inclusiveGateway": Text("包容网关", "inclusive gateway"),
    "eventBasedGateway": Text("事件网关", "event gateway"),
    "startEvent": Text("开始", "start"),
    "endEvent": Text("结束", "end"),
    "intermediateCatchEvent": Text("等待事件", "event that waits"),
    "intermediateThrowEvent": Text("发出事件", "event that is thrown"),
    "boundaryEvent": Text("边界事件", "boundary event"),
    "sequenceFlow": Text("连线", "flow"),
    "lane": Text("泳道", "lane"),
    "participant": Text("泳池", "pool"),
    "textAnnotation": Text("批注", "note"),
    "association": Text("批注的连线", "line to a note"),
    "group": Text("分组", "group"),
    "message": Text("消息", "message"),
    "decision": Text("规则", "decision"),
    "inputData": Text("输入", "input"),
    "definitions": Text("规则文件", "file of decisions"),
    "rule": Text("一条规则", "a rule"),
    "input": Text("输入列", "input column"),
    "output": Text("输出列", "output column"),
    "form": Text("表单", "form"),
    "entry": Text("一项", "an entry"),
    "key": Text("一项", "an entry"),
    "case": Text("用例", "worked case"),
    "file": Text("文件", "file"),
    "text": Text("说明文字", "text"),
    "textfield": Text("单行文字", "line of text"),
    "textarea": Text("多行文字", "text"),
    "number": Text("数字", "number"),
    "checkbox": Text("勾选", "tick"),
    "radio": Text("单选", "choice"),
    "select": Text("下拉单选", "list to choose from"),
    "checklist": Text("多选", "choices"),
    "datetime": Text("日期或时间", "date or time"),
    "filepicker": Text("附件", "files"),
    "dynamiclist": Text("列表", "rows"),
}
# A setting's value and unit, as people say them.
_VALUES: Mapping[str, Text] = {
    "null": Text("未规定", "not laid down"),
    "true": Text("是", "yes"),
    "false": Text("否", "no"),
    "hour": Text("小时", "hour"),
    "day": Text("日", "day"),
    "working day": Text("工作日", "working day"),
    "month": Text("月", "month"),
    "year": Text("年", "year"),
    "person": Text("人", "person"),
    "point": Text("分", "point"),
}
_KEYED = re.compile(r"(?P<kind>\w+)\[(?P<key>[^\[\]]+)\](?:\.(?P<more>[^\[\]]+))?$")
_MOST = 200


def say(change: Change) -> Text:
    """`流程图“评聘批次”的“公示期满”：等待时长由“…”改为“…”`."""
    where = _where(change)
    if change.place.what == EXISTS:
        how = HOWS[change.how]
        told = _shown(change.new if change.how is How.ADDED else change.old)
        kind = part_name(told)
        return Text(f"{where.zh}：{how.zh}（{kind.zh}）", f"{where.en}: {how.en} ({kind.en})")
    what = property_name(change)
    old, new = (Text(*map(_shown, (name.zh, name.en))) for name in map(change.called, (change.old, change.new)))
    if change.how is How.ADDED:
        return Text(f"{where.zh}：新增{what.zh}“{new.zh}”", f"{where.en}: {what.en} “{new.en}” added")
    if change.how is How.REMOVED:
        return Text(
            f"{where.zh}：删除{what.zh}（原为“{old.zh}”）", f"{where.en}: {what.en} removed (it was “{old.en}”)"
        )
    return Text(
        f"{where.zh}：{what.zh}由“{old.zh}”改为“{new.zh}”", f"{where.en}: {what.en} from “{old.en}” to “{new.en}”"
    )


def part_name(told: str) -> Text:
    """What kind of part came or went; a step of a case is told as it stands."""
    return _TYPES.get(told, Text(told, told))


def property_name(change: Change) -> Text:
    """What the property is called: a cell by its column, an extension's entry by its key."""
    if change.column is not None:
        column = column_name(change.column)
        return Text(f"单元格“{column.zh}”", f"cell “{column.en}”")
    return name_of(change.place.what)


def column_name(column: Text) -> Text:
    """A column that is named with a word known here, `clause` for instance, by that word."""
    return _WHAT.get(column.zh, column)


def name_of(what: str) -> Text:
    """A property's name, whatever has it."""
    keyed = _KEYED.search(what)
    if keyed is None:
        return _known(what.rpartition(".")[2])
    key = _known(keyed["key"])
    kind, more = _known(keyed["kind"]), keyed["more"]
    named = key if keyed["kind"] == "property" else Text(f"{kind.zh} {key.zh}", f"{kind.en} {key.en}")
    if more in {None, "value", "source"}:
        return named
    last = _known(more.rpartition(".")[2])
    return Text(f"{named.zh} {last.zh}", f"{named.en} {last.en}")


def _known(word: str) -> Text:
    return _WHAT.get(word, Text(word, word))


def value_name(value: str | None) -> Text:
    """Of a setting: what its value, or its unit, is called."""
    return _VALUES.get(value or "", Text(value or "—", value or "—"))


def _where(change: Change) -> Text:
    kind, place = KINDS[change.place.kind], change.place
    if place.part == "":
        return Text(f"{kind.zh}“{change.name.zh}”（{place.holder}）", f"{kind.en} “{change.name.en}” ({place.holder})")
    if place.kind is Kind.SETTING:
        return Text(f"{kind.zh}“{change.name.zh}”（{place.part}）", f"{kind.en} “{change.name.en}” ({place.part})")
    return Text(
        f"{kind.zh}“{change.holder.zh}”的“{change.name.zh}”（{place.part}）",
        f"{kind.en} “{change.holder.en}”, “{change.name.en}” ({place.part})",
    )


def _shown(value: str | None) -> str:
    text = "" if value is None else value
    return text if len(text) <= _MOST else text[:_MOST] + "…"
