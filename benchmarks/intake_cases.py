"""Sentences, damage and templates for the page reader's benchmark and tests.

The Chinese sentences are the project's own. `damage` does to a text what mirrors do, seeded, and the templates
write rows of a table of gifts as sentences; neither uses a word of the reader's own data files.
"""

from __future__ import annotations

import codecs
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import opencc
import pandas as pd

SENTENCES = [
    "卫生部门今天上午召开协调会议，研究下一批防护物资的分配方案。",
    "首批援助物资已经装上货机，预计明天下午抵达首都机场。",
    "收货方清点之后发现，少了两箱手套，另有一箱护目镜破损。",
    "仓库主任说，冷链设备运转正常，疫苗温度一直保持在规定范围之内。",
    "边境地区的诊所反映，检测试剂只够使用三天，急需补充。",
    "各国代表在视频会议上承诺，将公开援助数量和到货时间。",
    "医院保障科要求每天更新库存，避免重复申请。",
    "专家组建议优先照顾医护人员短缺的地区。",
    "这份报告比较了四种分配规则，并说明了每一种规则的后果。",
    "航班因为天气原因推迟，物资改由公路运输。",
    "世界卫生组织强调，任何国家都不能置身事外。",
    "口罩、防护服、呼吸机是目前最紧缺的三类物资。",
    "志愿者冒着大雨，把药品送到山区的每一个村庄。",
    "政府宣布，从下周一起放宽医疗设备的进口手续。",
    "她在电话里说：“请告诉我们，什么时候可以收到货物？”",
    "部长表示，感谢国际社会的帮助，但是需求仍然很大！",
    "当地居民排队领取食品和饮用水，秩序良好。",
    "运输公司通报了三次延误，原因分别是海关检查、司机隔离和车辆故障。",
    "调度员每两个小时核对一次路线，确保车队安全。",
    "为了防止拥挤，接种点分批通知居民前来登记。",
    "科学家正在分析样本，初步结果有望本周公布。",
    "学校停课期间，老师通过广播继续授课。",
    "化验室每天可以处理八百份样本，比上月增加一倍。",
    "联络官每晚汇总各省情况，形成一页简报。",
    "我们经过反复核对，确认这批试剂合格，可以使用。",
    "会议结束以后，双方签署了合作备忘录。",
    "财务人员核查了所有发票，没有发现重复付款。",
    "偏远岛屿只能依靠船只补给，一个星期才有一班。",
    "救护车在路口等候，护士迅速把病人推进急诊室。",
    "非洲多国的实验室得到了新的仪器和培训。",
    "欧洲的医院开始接收邻国的重症病人。",
    "亚洲的工厂加班生产，日产量超过一百万只。",
    "拉丁美洲的港口恢复了正常作业。",
    "中国的医疗队与当地医生一起查房，交流治疗经验。",
    "俄罗斯的运输机降落在军用机场，随后开始卸货。",
    "印度的药厂获得许可，可以出口部分药品。",
    "古巴医生在广场上受到市民热烈欢迎。",
    "巴西的志愿者缝制了布口罩，免费发给老人。",
    "土耳其的船队载着帐篷和发电机启程。",
    "日本的研究人员提出了估算需求的新方法。",
    "韩国分享了大规模检测的做法，包括免下车检测点。",
    "新加坡的港务部门开辟了绿色通道。",
    "南非的社区工作者挨家挨户询问健康状况。",
    "挪威捐出了一座野战医院的全部设备。",
    "加拿大的飞行员连续工作，把氧气送到北部社区。",
    "墨西哥城的医院增加了五百张病床。",
    "埃及与邻国协调，共同管理过境车辆。",
    "肯尼亚的园艺公司把冷藏车借给卫生部门使用。",
    "越南的纺织企业改造了生产线。",
    "希腊诸岛的渡轮免费运送医务人员。",
    "如果资金不能按时到位，采购合同就会被取消。",
    "是否需要第二批物资，取决于下周的评估结果。",
    "值班人员必须记录每一通电话，包括时间、姓名和内容。",
    "保护医务人员，就是保护所有的病人。",
    "停靠在码头的货轮正在卸货，工人们戴着口罩作业。",
    "经常检查库存，可以及早发现短缺。",
    "常见的问题是：单位写错，数量多了一个零。",
    "保持距离、勤洗手、多通风，是最简单的办法。",
    "请把空箱子送回仓库，以便再次使用。",
    "谢谢你们的支持，我们会继续努力。",
    "道路被洪水冲断，直升机成为唯一的交通工具。",
    "医生建议老年人尽量待在家里，减少外出。",
    "统计数字显示，新增病例连续五天下降。",
    "我们既要看到进展，也要看到困难。",
    "卫生员背着药箱，翻过两座山才到达哨所。",
    "省里派来的检查组走访了六家医院，听取了意见。",
    "这个省的隔离点已经住满，邻省表示愿意接收一部分人。",
    "物资抵达该省后，先入库登记，然后按照计划发放。",
    "他说，那是他一生中最长的一个夜晚。",
    "整个行动持续了三个星期，没有一个人受伤。",
    "药品包装上没有注明有效期，检验员要求退回。",
    "关闭的商店门口贴着通知，写明恢复营业的日期。",
    "一位老人把自己的积蓄捐给了医院。",
    "孩子们画了很多画，寄给远方的医生。",
    "记者在机场看到，木箱上写着“山川异域，风月同天”。",
    "联合国有关机构负责协调空运和海运。",
    "红十字会的车队昨天夜里通过了检查站。",
    "报告指出，资金缺口达到总预算的四成。",
    "采购员比较了十家供应商的价格和交货期。",
    "氧气厂恢复供电，产量逐步回升。",
    "海关人员加快查验，两个小时内放行了全部货物。",
    "这条航线每周飞行三次，运力仍然不足。",
    "运力不足时，先运呼吸机，再运防护服。",
    "受灾最重的三个县得到了优先安排。",
    "清单上的每一项都注明了来源和依据。",
    "水净化片和消毒剂存放在阴凉干燥的地方。",
    "指挥中心的大屏幕上显示着各地的实时数据。",
    "数据有误时，任何人都可以提出更正，更正会留下记录。",
    "因为缺少零件，两台呼吸机暂时不能使用。",
    "工程师连夜赶来，修好了发电机。",
    "当地政府免除了救援物资的关税。",
    "运来的手套尺寸偏小，护士们仍然很高兴。",
    "我们希望尽快收到检测结果。",
    "社区医生为慢性病患者开了三个月的药。",
    "司机说，路上堵了八个小时，但是货物完好。",
    "这次演练检验了从请求到收货的全部流程。",
    "演练结束后，大家讨论了改进办法。",
    "如何公平分配，是每一次会议都要回答的问题。",
    "分配结果连同理由一起公布，接受公众监督。",
    "合作伙伴来自三十多个国家，语言和时区各不相同。",
    "翻译志愿者把防护指南译成六种语言。",
    "新的指南取代了旧版本，旧版本仍可查阅。",
    "停电两天之后，医院的备用电源也快耗尽了。",
    "空运价格上涨了一倍，海运又太慢。",
    "大部分货物可以合并装运，以节省费用。",
    "他们把余下的口罩留给了下一班护士。",
]

FRESH = [
    "救灾帐篷昨晚运到了县城，今天早上开始搭建。",
    "负责采购的同事说，报价单还没有全部收齐。",
    "由于停电，冷藏车只好改到邻近的城市充电。",
    "检疫人员登上货轮，逐一测量船员的体温。",
    "新到的氧气瓶先送重症病房，其余的留在仓库备用。",
    "两国卫生部门约定，每周交换一次疫情数据。",
    "护士长提醒大家，脱下防护服之前必须先洗手。",
    "捐赠者希望知道，这些物资最后用在了什么地方。",
    "道路被洪水冲断，救援队伍只能步行进村。",
    "药店门前排起长队，店员耐心地解释限购的原因。",
    "统计人员发现，有三个省的报表重复计算了病例。",
    "机场海关为救援物资开设了专门窗口。",
    "这家工厂原来生产服装，现在改做口罩。",
    "一位退休教师捐出了半年的养老金。",
    "医院食堂为隔离病人准备了热饭热汤。",
    "研究表明，保持距离能够明显减慢传播速度。",
    "因为缺少翻译，专家们的讲座推迟到了下午。",
    "邮轮上的乘客分批下船，接受检查以后乘车回家。",
    "当地电台每小时播报一次最新消息。",
    "仓库里还剩四千双手套，估计只能维持五天。",
    "首相在讲话中呼吁民众不要抢购食品。",
    "联合国派出的飞机载着帐篷、药品和净水设备。",
    "司机出示了通行证，警察随即放行。",
    "如果下周需求继续增加，我们就要动用储备。",
    "村里的卫生员挨家挨户登记发烧的人。",
    "大使馆已经联系留学生，了解他们的生活情况。",
    "呼吸机的说明书被翻译成六种语言。",
    "检测结果显示，这批试剂的质量符合要求。",
    "货物清单写错了数量，双方重新核实后签字。",
    "边境口岸晚上十点关闭，次日清晨六点恢复通行。",
]
"""Sentences that no number of the reader was chosen on."""
"""The project's own sentences: aid, hospitals, transport, meetings."""

DAMAGE_MARKS = "，：；！？（）"


@lru_cache(maxsize=1)
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


READINGS = {
    "環": "huán", "經": "jīng", "會": "huì", "強": "qiáng", "應": "yìng", "對": "duì", "習": "xí", "領": "lǐng", "導": "dǎo", "進": "jìn", "個": "gè", "時": "shí",
    "負": "fù", "點": "diǎn", "發": "fā", "實": "shí", "號": "hào", "級": "jí", "達": "dá", "現": "xiàn", "復": "fù", "無": "wú", "員": "yuán", "國": "guó", "醫": "yī",
    "護": "hù", "資": "zī", "運": "yùn", "輸": "shū", "連": "lián", "續": "xù", "區": "qū", "機": "jī", "構": "gòu", "場": "chǎng", "檢": "jiǎn", "測": "cè", "試": "shì",
    "劑": "jì", "飛": "fēi", "麼": "me", "過": "guò", "請": "qǐng", "來": "lái", "後": "hòu", "師": "shī", "絡": "luò", "備": "bèi", "給": "gěi", "話": "huà",
}  # fmt: skip


@dataclass(frozen=True)
class DamagedPage:
    """A page before and after damage; `lost` numbers the characters of `clean`, without spaces, that lost a byte."""

    clean: str
    damaged: str
    shifts: int
    lost: frozenset[int] = frozenset()


def traditional(text: str) -> str:
    """Traditional characters, one for one, as a mirror's table gives them; what would not come back stays."""
    back = opencc.OpenCC("t2s")
    return "".join(
        one if back.convert(new) != one or len(new) != 1 else new
        for one, new in ((one, _to_traditional().convert(one)) for one in text)
    )


def with_readings(text: str, rng: random.Random, share: float = 0.6) -> str:
    """Readings in brackets behind some traditional characters."""
    return "".join(f"{one}({READINGS[one]})" if one in READINGS and rng.random() < share else one for one in text)


def replace_marks_in_bytes(text: str, *, errors: str = "replace", marks: str = DAMAGE_MARKS) -> tuple[str, int]:
    """Full-width marks replaced in the GBK bytes without regard to where characters begin; and the number of shifts."""
    data = text.encode("gbk")
    aligned = sum(text.count(mark) for mark in marks)
    struck = 0
    for mark in marks:
        wide = mark.encode("gbk")
        struck += data.count(wide)
        data = data.replace(wide, bytes([wide[1] - 0x80]))
    return data.decode("gbk", errors), struck - aligned


def characters_that_lost_a_byte(text: str, marks: str = DAMAGE_MARKS) -> frozenset[int]:
    """Which characters of `text`, spaces not counted, `replace_marks_in_bytes` leaves with a byte that no reader can know."""
    coded = [one.encode("gbk") for one in text]
    data, owners = b"".join(coded), [at for at, code in enumerate(coded) for _ in code]
    for mark in marks:
        wide = mark.encode("gbk")
        while (at := data.find(wide)) >= 0:
            data = data[:at] + bytes([wide[1] - 0x80]) + data[at + 2 :]
            del owners[at + 1]
    lost: set[int] = set()

    def note(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        lost.update(owners[error.start : error.end])
        return "?", error.end

    codecs.register_error("note_lost", note)
    data.decode("gbk", "note_lost")
    return frozenset(at - len(re.findall(r"\s", text[:at])) for at in lost)


def damaged_page(seed: int, *, sentences: int = 12, pool: Sequence[str] = SENTENCES) -> DamagedPage:
    """A page of the project's own sentences, damaged in one of the ways mirrors damage pages."""
    rng = random.Random(seed)
    clean = "\n".join("".join(rng.sample(pool, 3)) for _ in range(sentences // 3))
    kind = seed % 4
    text, shifts, lost = clean, 0, frozenset[int]()
    if kind in (0, 1):
        text = "\n".join(map(traditional, clean.split("\n")))
    if kind in (1, 2, 3):  # a traditional form outside GBK: the mirror would not have it either
        sent = "".join(one if _in_gbk(one) else old for one, old in zip(text, clean, strict=True))
        lost = characters_that_lost_a_byte(sent)
        text, shifts = replace_marks_in_bytes(sent)
        text = text.replace("\ufffd", "?")
    if kind in (0, 1):
        text = with_readings(text, rng)
    if kind == 3:
        text = text.replace("。", "。&nbsp;" if rng.random() < 0.5 else "。<br/>")
    return DamagedPage(clean, text, shifts, lost)


def _in_gbk(character: str) -> bool:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def surviving_right(page: DamagedPage, restored: str) -> tuple[int, int]:
    """Characters of a page both of whose bytes survive: how many stand restored, and how many there are."""
    from difflib import SequenceMatcher

    clean, restored = (re.sub(r"\s+", "", one) for one in (page.clean, restored))
    blocks = SequenceMatcher(None, clean, restored, autojunk=False).get_matching_blocks()
    right = sum(at not in page.lost for block in blocks for at in range(block.a, block.a + block.size))
    return right, len(clean) - len(page.lost)


def characters_right(clean: str, restored: str) -> tuple[int, int, int]:
    """Characters of `clean` that stand restored, that are marked unknown, and that are wrong or missing."""
    from difflib import SequenceMatcher

    clean, restored = (re.sub(r"\s+", "", one) for one in (clean, restored))
    if clean == restored:
        return len(clean), 0, 0
    right = wrong = unknown = 0
    for operation, a, b, c, d in SequenceMatcher(None, clean, restored, autojunk=False).get_opcodes():
        if operation == "equal":
            right += b - a
        else:
            marked = restored[c:d].count("\ufffd")
            unknown += min(marked, b - a)
            wrong += max(b - a, d - c) - min(marked, b - a)
    return right, unknown, wrong


ITEMS = {
    "mask_unspecified": ("口罩", "只", "masks"), "surgical_mask": ("医用外科口罩", "只", "surgical masks"), "mask_medical_other": ("医用口罩", "只", "medical masks"),
    "respirator_n95": ("N95口罩", "只", "N95 respirators"), "respirator_ffp2": ("FFP2口罩", "只", "FFP2 masks"), "respirator_kf94": ("KF94口罩", "只", "KF94 masks"),
    "cloth_mask": ("布口罩", "只", "cloth masks"), "coverall": ("防护服", "套", "protective suits"), "gown": ("隔离衣", "件", "gowns"), "goggles": ("护目镜", "副", "goggles"),
    "gloves": ("手套", "双", "gloves"), "face_shield": ("面罩", "个", "face shields"), "ppe_set": ("个人防护装备", "套", "sets of personal protective equipment"),
    "test_unspecified": ("检测试剂", "份", "test kits"), "pcr_test": ("核酸检测试剂", "份", "PCR tests"), "rapid_test": ("快速检测试剂", "份", "rapid tests"),
    "swab_vtm": ("采样拭子", "支", "swabs"), "thermometer": ("测温仪", "支", "thermometers"), "ventilator": ("呼吸机", "台", "ventilators"),
    "ventilator_noninvasive": ("无创呼吸机", "台", "non-invasive ventilators"), "icu_bed": ("重症监护床位", "张", "intensive care beds"),
    "medical_staff": ("医护人员", "名", "medical workers"), "aid_flight": ("援助航班", "架次", "aid flights"),
    "mixed_medical_cargo": ("医疗物资", "吨", "tonnes of medical supplies"), "disinfectant": ("消毒液", "升", "litres of disinfectant"),
    "hand_sanitizer": ("洗手液", "瓶", "bottles of hand sanitizer"), "hydroxychloroquine": ("羟氯喹", "片", "hydroxychloroquine tablets"),
    "chloroquine": ("氯喹", "片", "chloroquine tablets"), "paracetamol": ("扑热息痛", "片", "paracetamol tablets"), "patient_monitor": ("病人监护仪", "台", "patient monitors"),
    "infusion_set": ("输液器", "套", "infusion sets"), "infusion_pump": ("输液泵", "台", "infusion pumps"), "defibrillator": ("除颤器", "台", "defibrillators"),
    "ecg_monitor": ("心电监护仪", "台", "ECG monitors"), "ultrasound": ("超声设备", "台", "ultrasound machines"), "xray": ("X光机", "台", "X-ray machines"), "body_bag": ("尸袋", "个", "body bags"),
}  # fmt: skip
"""Item code → Chinese name, Chinese counting word, English name."""

STATUS = {
    "pledged": "announced", "announced": "announced", "offered": "announced", "approved": "announced", "planned": "announced", "requested": "requested",
    "sold": "bought", "ordered": "bought", "cumulative_purchased": "bought", "purchased_arrived": "bought", "shipped": "sent", "cumulative_shipped": "sent", "donated": "sent",
    "delivered": "received", "cumulative_delivered": "received", "cumulative_pledged": "announced", "allocated": "announced", "arrived_hub": "sent",
}  # fmt: skip
"""Status of a row of the table of gifts → the reader's five words."""

TEMPLATES = {
    "zh": {
        "announced": ["{g}宣布向{r}捐赠{q}{u}{i}。", "{g}政府承诺向{r}提供{q}{u}{i}。", "{d}，{g}表示将向{r}援助{q}{u}{i}。", "{g}计划向{r}运送{q}{u}{i}。", "{g}将为{r}提供{q}{u}{i}。"],
        "requested": ["{r}向{g}请求提供{q}{u}{i}。", "{d}，{r}请求{g}支援{q}{u}{i}。", "{r}政府向{g}申请{q}{u}{i}。"],
        "bought": ["{r}从{g}购买了{q}{u}{i}。", "{d}，{r}向{g}订购{q}{u}{i}。", "{g}向{r}出售{q}{u}{i}。", "{r}从{g}采购的订单包括{q}{u}{i}。"],
        "sent": ["{g}向{r}运送了{q}{u}{i}。", "{d}，{g}向{r}捐赠{q}{u}{i}。", "{g}发运的{q}{u}{i}已启程前往{r}。", "{g}援助{r}{q}{u}{i}。", "{g}政府向{r}捐赠了{i}{q}{u}。"],
        "received": ["{g}捐赠的{q}{u}{i}已运抵{r}。", "{r}收到{g}捐赠的{q}{u}{i}。", "{d}，来自{g}的{q}{u}{i}抵达{r}。", "{r}已收到来自{g}的{q}{u}{i}。", "{g}援助的{i}{q}{u}已经送达{r}。"],
    },
    "en": {
        "announced": ["{g} announced that it would donate {q} {i} to {r}.", "{g} pledged {q} {i} to {r}.", "On {d}, {g} promised to send {q} {i} to {r}.", "{g} will provide {r} with {q} {i}.", "{g} has offered {r} {q} {i}."],
        "requested": ["{r} requested {q} {i} from {g}.", "{r} asked {g} for {q} {i}.", "On {d}, {r} appealed to {g} for {q} {i}."],
        "bought": ["{r} bought {q} {i} from {g}.", "On {d}, {g} sold {q} {i} to {r}.", "{r} has ordered {q} {i} from {g}.", "The government of {r} purchased {q} {i} from {g}."],
        "sent": ["{g} sent {q} {i} to {r}.", "On {d}, {g} shipped {q} {i} to {r}.", "{g} donated {q} {i} to {r}.", "A shipment of {q} {i} from {g} is on its way to {r}.", "{g} sent {r} {q} {i}."],
        "received": ["{r} received {q} {i} from {g}.", "{g} delivered {q} {i} to {r}.", "On {d}, {q} {i} donated by {g} arrived in {r}.", "{q} {i} from {g} have reached {r}.", "{r} has taken delivery of {q} {i} donated by {g}."],
    },
}  # fmt: skip

ORGANISATIONS = {
    "JMF": ("马云公益基金会和阿里巴巴公益基金会", "the Jack Ma Foundation and the Alibaba Foundation"), "UNICEF": ("联合国儿童基金会", "UNICEF"), "WHO": ("世界卫生组织", "the World Health Organization"),
    "EUU": ("欧盟", "the European Union"), "PAHO": ("泛美卫生组织", "the Pan American Health Organization"), "WFP": ("世界粮食计划署", "the World Food Programme"),
    "AFRICA54": ("54个非洲国家", "54 African countries"), "LATAM24": ("24个拉美国家", "24 Latin American countries"), "AFRICACDC": ("非洲疾控中心", "Africa CDC"), "EUROPE": ("欧洲", "Europe"),
    "US-NY": ("纽约州", "New York"), "US-KY": ("肯塔基州", "Kentucky"), "US-IN": ("印第安纳州", "Indiana"), "US-VT": ("佛蒙特州", "Vermont"), "US-TX": ("得克萨斯州", "Texas"), "US-MD": ("马里兰州", "Maryland"),
}  # fmt: skip


@dataclass(frozen=True)
class AidSentence:
    """A row of the table of gifts as a sentence, and what a reader must find in it."""

    text: str
    language: str
    giver: str
    receiver: str
    item: str
    quantity: float
    status: str


def aid_sentences(rows: pd.DataFrame, names: pd.DataFrame, *, seed: int = 0) -> Iterator[AidSentence]:
    """Every row with a known giver, receiver and quantity, once in each language; `names` by code with name_en and name_zh."""
    rng = random.Random(seed)
    for row in rows.itertuples():
        status = STATUS.get(str(row.status))
        codes = (str(row.donor_code), str(row.recipient_code))
        if status is None or codes[0] == codes[1] or not row.quantity > 0 or str(row.item) not in ITEMS:
            continue
        parts = [[_name(code, names) for code in one.split("|")] for one in codes]
        if any(name is None for some in parts for name in some):
            continue
        quantity = float(row.quantity)
        for at, language in enumerate(("zh", "en")):
            giver, receiver = (_joined([name[at] for name in some if name], language) for some in parts)
            zh, counter, en = ITEMS[str(row.item)]
            template = rng.choice(TEMPLATES[language][status])
            day = "4月2日" if language == "zh" else "2 April"
            text = template.format(
                g=giver,
                r=receiver,
                q=_amount(quantity, language, rng),
                u=counter,
                i=zh if language == "zh" else en,
                d=day,
            )
            text = text[0].upper() + text[1:]
            yield AidSentence(text, language, *codes, str(row.item), quantity, status)


def _name(code: str, names: pd.DataFrame) -> tuple[str, str] | None:
    if code in ORGANISATIONS:
        return ORGANISATIONS[code]
    return (str(names.loc[code, "name_zh"]), str(names.loc[code, "name_en"])) if code in names.index else None


def _joined(names: list[str], language: str) -> str:
    if len(names) == 1:
        return names[0]
    return "、".join(names[:-1]) + "和" + names[-1] if language == "zh" else ", ".join(names[:-1]) + " and " + names[-1]


def _amount(quantity: float, language: str, rng: random.Random) -> str:
    whole = int(quantity) if quantity == int(quantity) else quantity
    if language == "zh" and quantity >= 10_000 and quantity % 1000 == 0 and rng.random() < 0.7:
        return f"{quantity / 10_000:g}万"
    if language == "en" and quantity >= 1_000_000 and quantity % 100_000 == 0 and rng.random() < 0.7:
        return f"{quantity / 1_000_000:g} million"
    return f"{whole:,}" if rng.random() < 0.6 else str(whole)


NO_FACTS = """
口罩价格上涨了三成。
意大利没有收到任何呼吸机。
法国否认向德国捐赠过100万只口罩。
如果中国向意大利提供1000台呼吸机，情况会好转。
他每天戴两只口罩。
这家工厂有300名工人。
会议持续了3个小时。
德国和法国讨论了口罩标准。
他在医院工作了20年。
西班牙是否收到了50万只口罩？
网传日本向韩国捐赠200万只口罩，系谣言。
专家说，口罩可以反复使用5次。
这本书的第12章讲的是隔离衣的历史。
英国警方截获了3万只假口罩。
中国有14亿人口。
巴西足球队以3比1获胜。
飞机上有200名乘客。
美国参议院通过了2万亿美元的刺激方案。
捷克拒绝接收1万套防护服。
预计意大利的病例可能达到10万例。
意大利取消了购买500台呼吸机的订单。
老师给学生讲解如何戴口罩。
波兰足协推迟了所有比赛。
油价跌破每桶20美元。
他从法国回到了意大利。
天气预报说，明天北京有雨。
演唱会门票售出2万张。
瑞士的人口约为860万。
护士把呼吸机让给了更年轻的病人。
他现身了，还为总统辩护。
泰国举行了一场拳击比赛。
王储的检测结果呈阳性。
人们冲向商店和药店。
挪威的峡湾每年吸引30万名游客。
希腊债务谈判没有取得进展。
加拿大的冰球联赛有31支球队。
这座桥长55公里，连接三地。
俄罗斯的小麦产量增加了8%。
印度的火车晚点了6个小时。
澳大利亚的山火烧毁了2000座房屋。
埃及金字塔建于4500年前。
越南咖啡出口量居世界第二。
我们期待与各国合作。
医生提醒市民勤洗手。
他写了5封信给朋友。
公司股价上涨了12%。
新西兰的绵羊比人多。
他问，意大利会不会收到这些口罩？
荷兰召回了60万只不合格口罩。
南非的矿山停产三周。
Mask prices rose by 30 per cent.
Italy has not received any ventilators.
France denied that it had sent 1 million masks to Germany.
If China provided 1,000 ventilators to Italy, the situation would improve.
He wears two masks a day.
The factory employs 300 workers.
The meeting lasted three hours.
Germany and France discussed standards for masks.
She has worked in the hospital for 20 years.
Did Spain receive 500,000 masks?
A rumour that Japan gave 2 million masks to South Korea is false.
Experts say a mask can be used five times.
Chapter 12 of the book tells the history of gowns.
British police seized 30,000 fake masks.
China has 1.4 billion people.
Brazil won the match 3-1.
There were 200 passengers on the plane.
The US Senate passed a 2 trillion dollar stimulus.
Czechia refused to accept 10,000 protective suits.
Models say Italy could reach 100,000 cases.
Italy cancelled its order for 500 ventilators.
The teacher showed pupils how to wear a mask.
The Polish football association postponed all matches.
Oil fell below 20 dollars a barrel.
He returned from France to Italy.
Rain is forecast for Beijing tomorrow.
The concert sold 20,000 tickets.
Switzerland has about 8.6 million inhabitants.
A nurse gave up her own ventilator for a younger patient.
He appeared in public and defended the president.
Thailand held a boxing tournament.
The crown prince tested positive.
People rushed to shops and pharmacies.
Norway's fjords draw 300,000 visitors a year.
Talks on Greek debt made no progress.
The Canadian hockey league has 31 teams.
The bridge is 55 kilometres long.
Russia's wheat harvest grew by 8 per cent.
The train in India was six hours late.
Fires in Australia destroyed 2,000 houses.
The pyramids of Egypt were built 4,500 years ago.
Vietnam is the second largest exporter of coffee.
We look forward to working with all countries.
Doctors remind people to wash their hands.
He wrote five letters to a friend.
The share price rose by 12 per cent.
New Zealand has more sheep than people.
He asked whether Italy would receive the masks.
The Netherlands recalled 600,000 defective masks.
Mines in South Africa closed for three weeks.
""".strip().split("\n")
"""A hundred sentences that hold no fact to propose, half of them close to one."""
