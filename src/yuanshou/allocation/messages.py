"""The sentences of an explanation in the six languages of the United Nations, by reason.

Numbers, places and items come in already written for the reader; a sentence keeps their order free.
"""

from __future__ import annotations

MESSAGES: dict[str, dict[str, str]] = {
    "en": {
        "met": "All {need} needed are covered.",
        "no_supply": "Nothing of the {need} needed can be sent: nobody offers this item at a place with a lane to here.",
        "earmarked": "Nothing of the {need} needed can be sent: what has a lane to here is earmarked for others.",
        "late": "{served} of {need} needed ({coverage}). The first unit can arrive in the week to {first_week}; what is "
        "needed before then cannot be covered, and all later need is.",
        "supply": "{served} of {need} needed ({coverage}). Not more because the item is scarce at {source}: a unit "
        "costs {price} there and the next unit here is worth {next_value}.",
        "route": "{served} of {need} needed ({coverage}). Not more because the lane {source} → {recipient} by {mode} is "
        "full: with it a unit costs {price}, and the next unit here is worth {next_value}.",
        "handling": "{served} of {need} needed ({coverage}). Not more because {source} cannot handle more in a week: a "
        "unit costs {price}, and the next unit here is worth {next_value}.",
        "balance": "{served} of {need} needed ({coverage}). The next unit here is worth {next_value}, as much as the "
        "cheapest delivery costs ({price}).",
    },
    "fr": {
        "met": "Les {need} unités nécessaires sont toutes couvertes.",
        "no_supply": "Rien des {need} unités nécessaires ne peut être envoyé : personne n’offre cet article là d’où une "
        "liaison mène ici.",
        "earmarked": "Rien des {need} unités nécessaires ne peut être envoyé : ce qui pourrait venir est réservé à d’autres.",
        "late": "{served} sur {need} nécessaires ({coverage}). La première unité peut arriver dans la semaine au "
        "{first_week} ; les besoins antérieurs ne peuvent être couverts, tous les suivants le sont.",
        "supply": "{served} sur {need} nécessaires ({coverage}). Pas davantage, car l’article est rare à {source} : une "
        "unité y coûte {price} et la suivante vaut ici {next_value}.",
        "route": "{served} sur {need} nécessaires ({coverage}). Pas davantage, car la liaison {source} → {recipient} "
        "({mode}) est pleine : une unité coûte ainsi {price} et la suivante vaut ici {next_value}.",
        "handling": "{served} sur {need} nécessaires ({coverage}). Pas davantage, car {source} ne peut traiter plus par "
        "semaine : une unité coûte {price} et la suivante vaut ici {next_value}.",
        "balance": "{served} sur {need} nécessaires ({coverage}). L’unité suivante vaut ici {next_value}, autant que la "
        "livraison la moins chère ({price}).",
    },
    "es": {
        "met": "Las {need} unidades necesarias están cubiertas.",
        "no_supply": "No se puede enviar nada de las {need} unidades necesarias: nadie ofrece este artículo donde haya "
        "una ruta hasta aquí.",
        "earmarked": "No se puede enviar nada de las {need} unidades necesarias: lo que podría venir está reservado a otros.",
        "late": "{served} de {need} necesarias ({coverage}). La primera unidad puede llegar en la semana hasta el "
        "{first_week}; lo necesario antes no puede cubrirse, y todo lo posterior sí.",
        "supply": "{served} de {need} necesarias ({coverage}). No más porque el artículo escasea en {source}: una unidad "
        "cuesta allí {price} y la siguiente vale aquí {next_value}.",
        "route": "{served} de {need} necesarias ({coverage}). No más porque la ruta {source} → {recipient} ({mode}) está "
        "llena: así una unidad cuesta {price} y la siguiente vale aquí {next_value}.",
        "handling": "{served} de {need} necesarias ({coverage}). No más porque {source} no puede despachar más por "
        "semana: una unidad cuesta {price} y la siguiente vale aquí {next_value}.",
        "balance": "{served} de {need} necesarias ({coverage}). La siguiente unidad vale aquí {next_value}, tanto como "
        "la entrega más barata ({price}).",
    },
    "ru": {
        "met": "Потребность ({need}) покрыта полностью.",
        "no_supply": "Из необходимых {need} нельзя отправить ничего: там, откуда сюда есть маршрут, этого товара никто "
        "не предлагает.",
        "earmarked": "Из необходимых {need} нельзя отправить ничего: доступное предназначено другим получателям.",
        "late": "{served} из необходимых {need} ({coverage}). Первая единица может прибыть на неделе до {first_week}; "
        "более ранняя потребность не может быть покрыта, вся последующая покрыта.",
        "supply": "{served} из необходимых {need} ({coverage}). Не больше, поскольку товара мало в {source}: единица там "
        "стоит {price}, следующая единица здесь ценится в {next_value}.",
        "route": "{served} из необходимых {need} ({coverage}). Не больше, поскольку маршрут {source} → {recipient} "
        "({mode}) заполнен: единица стоит {price}, следующая здесь ценится в {next_value}.",
        "handling": "{served} из необходимых {need} ({coverage}). Не больше, поскольку {source} не может обработать "
        "больше за неделю: единица стоит {price}, следующая здесь ценится в {next_value}.",
        "balance": "{served} из необходимых {need} ({coverage}). Следующая единица здесь ценится в {next_value}, столько "
        "же стоит самая дешёвая доставка ({price}).",
    },
    "zh": {
        "met": "所需的 {need} 已全部满足。",
        "no_supply": "所需的 {need} 无法发运：有线路通往此地的地点均无人提供该物品。",
        "earmarked": "所需的 {need} 无法发运：可以运到此地的物品已指定给其他接收方。",
        "late": "所需 {need}，满足 {served}（{coverage}）。第一件最早在截至 {first_week} 的一周到达；此前的需求无法满足，此后的需求全部满足。",
        "supply": "所需 {need}，满足 {served}（{coverage}）。未能更多，因为该物品在 {source} 稀缺：当地每件价格 {price}，此地下一件的价值 {next_value}。",
        "route": "所需 {need}，满足 {served}（{coverage}）。未能更多，因为线路 {source} → {recipient}（{mode}）已满：计入运力后每件价格 "
        "{price}，此地下一件的价值 {next_value}。",
        "handling": "所需 {need}，满足 {served}（{coverage}）。未能更多，因为 {source} 每周处理能力已满：每件价格 {price}，此地下一件的价值 "
        "{next_value}。",
        "balance": "所需 {need}，满足 {served}（{coverage}）。此地下一件的价值 {next_value}，与最便宜的交付价格（{price}）相当。",
    },
    "ar": {
        "met": "الاحتياج كله ({need}) مغطى.",
        "no_supply": "لا يمكن إرسال شيء من الاحتياج ({need}): لا أحد يعرض هذا الصنف في مكان له خط إلى هنا.",
        "earmarked": "لا يمكن إرسال شيء من الاحتياج ({need}): ما يمكن أن يصل مخصص لآخرين.",
        "late": "{served} من {need} ({coverage}). يمكن أن تصل أول وحدة في الأسبوع المنتهي في {first_week}؛ لا يمكن تغطية "
        "ما قبله، وما بعده مغطى كله.",
        "supply": "{served} من {need} ({coverage}). لا أكثر لأن الصنف شحيح في {source}: تكلف الوحدة هناك {price} وتساوي "
        "الوحدة التالية هنا {next_value}.",
        "route": "{served} من {need} ({coverage}). لا أكثر لأن الخط {source} ← {recipient} ({mode}) ممتلئ: تكلف الوحدة "
        "{price} وتساوي الوحدة التالية هنا {next_value}.",
        "handling": "{served} من {need} ({coverage}). لا أكثر لأن {source} لا يستطيع مناولة المزيد في الأسبوع: تكلف "
        "الوحدة {price} وتساوي الوحدة التالية هنا {next_value}.",
        "balance": "{served} من {need} ({coverage}). تساوي الوحدة التالية هنا {next_value}، بقدر تكلفة أرخص تسليم ({price}).",
    },
}
"""Language → reason → sentence."""

NOTES: dict[str, dict[str, str]] = {
    "en": {
        "mode": "Nothing of the {need} needed can be sent: the item may not travel by any lane that leads here ({mode}).",
        "reserved": "Nothing of the {need} needed can be sent: what has a lane to here is kept in the reserve {reserve}.",
        "other_part": "{served} of {need} needed ({coverage}). Not more because it counts in complete sets only ({bundle}), "
        "and {part} is the part that is short here.",
        "max_min": "By the rule, nobody's share is raised at the cost of a place that is served no better.",
        "substituted": "{units} of these are covered by {other} in its place; one counts as {rate}.",
        "kept_back": "{units} at {source} are kept back by the donor.",
        "in_reserve": "{units} at {source} are kept in the reserve {reserve}.",
        "packs": "Only whole packs of {pack} are sent.",
        "least": "The lane {source} → {recipient} by {mode} goes only with {kg} kg or more.",
        "last_plan": "The last plan sent {last} in the weeks both reach, this one {now}; each unit of difference costs "
        "{cost}.",
        "own_part": "{served} of {need} needed ({coverage}). It counts in complete sets only ({bundle}), and this part is short "
        "here: a unit costs {price}.",
        "lent": "{units} come on loan from {source}, to go back after {weeks} week(s).",
        "passed_on": "{units} of what is held here are passed on to {recipient}.",
    },
    "fr": {
        "mode": "Rien des {need} unités nécessaires ne peut être envoyé : l’article ne peut voyager par aucune liaison "
        "menant ici ({mode}).",
        "reserved": "Rien des {need} unités nécessaires ne peut être envoyé : ce qui pourrait venir est gardé dans la "
        "réserve {reserve}.",
        "other_part": "{served} sur {need} nécessaires ({coverage}). Pas davantage, car seuls comptent les ensembles complets "
        "({bundle}) et il manque ici {part}.",
        "max_min": "Selon la règle, aucune part n’est relevée aux dépens d’un lieu qui n’est pas mieux servi.",
        "substituted": "{units} en sont couvertes par {other} à sa place ; une unité compte pour {rate}.",
        "kept_back": "{units} à {source} sont conservées par le donateur.",
        "in_reserve": "{units} à {source} sont gardées dans la réserve {reserve}.",
        "packs": "Seuls des colis entiers de {pack} sont envoyés.",
        "least": "La liaison {source} → {recipient} ({mode}) ne part qu’avec {kg} kg ou plus.",
        "last_plan": "Le dernier plan envoyait {last} pendant les semaines communes, celui-ci {now} ; chaque unité d’écart "
        "coûte {cost}.",
        "own_part": "{served} sur {need} nécessaires ({coverage}). Seuls comptent les ensembles complets ({bundle}), et c’est cet "
        "article qui manque ici : une unité coûte {price}.",
        "lent": "{units} sont prêtées par {source} et repartent après {weeks} semaines.",
        "passed_on": "{units} de ce qui est détenu ici sont cédées à {recipient}.",
    },
    "es": {
        "mode": "No se puede enviar nada de las {need} unidades necesarias: el artículo no puede viajar por ninguna ruta "
        "hasta aquí ({mode}).",
        "reserved": "No se puede enviar nada de las {need} unidades necesarias: lo que podría venir se guarda en la reserva "
        "{reserve}.",
        "other_part": "{served} de {need} necesarias ({coverage}). No más porque solo cuentan los conjuntos completos "
        "({bundle}) y aquí falta {part}.",
        "max_min": "Según la regla, ninguna parte sube a costa de un lugar que no esté mejor servido.",
        "substituted": "{units} de ellas se cubren con {other} en su lugar; una cuenta como {rate}.",
        "kept_back": "{units} en {source} las conserva el donante.",
        "in_reserve": "{units} en {source} se guardan en la reserva {reserve}.",
        "packs": "Solo se envían bultos enteros de {pack}.",
        "least": "La ruta {source} → {recipient} ({mode}) solo sale con {kg} kg o más.",
        "last_plan": "El último plan enviaba {last} en las semanas comunes, este {now}; cada unidad de diferencia cuesta "
        "{cost}.",
        "own_part": "{served} de {need} necesarias ({coverage}). Solo cuentan los conjuntos completos ({bundle}), y lo que falta "
        "aquí es este artículo: una unidad cuesta {price}.",
        "lent": "{units} vienen prestadas de {source} y vuelven tras {weeks} semanas.",
        "passed_on": "{units} de lo que se tiene aquí se ceden a {recipient}.",
    },
    "ru": {
        "mode": "Из необходимых {need} нельзя отправить ничего: товар нельзя везти ни по одному маршруту сюда ({mode}).",
        "reserved": "Из необходимых {need} нельзя отправить ничего: доступное хранится в резерве {reserve}.",
        "other_part": "{served} из необходимых {need} ({coverage}). Не больше, поскольку считаются только полные комплекты "
        "({bundle}), а здесь не хватает {part}.",
        "max_min": "По правилу ничья доля не повышается за счёт места, которое обеспечено не лучше.",
        "substituted": "{units} из них заменены на {other}; одна единица считается за {rate}.",
        "kept_back": "{units} в {source} донор оставляет себе.",
        "in_reserve": "{units} в {source} хранятся в резерве {reserve}.",
        "packs": "Отправляются только целые упаковки по {pack}.",
        "least": "Маршрут {source} → {recipient} ({mode}) отправляется только с грузом от {kg} кг.",
        "last_plan": "Прошлый план отправлял {last} в общие недели, этот {now}; каждая единица разницы стоит {cost}.",
        "own_part": "{served} из необходимых {need} ({coverage}). Считаются только полные комплекты ({bundle}), и здесь не "
        "хватает именно этого товара: единица стоит {price}.",
        "lent": "{units} даны взаймы из {source} и вернутся через {weeks} нед.",
        "passed_on": "{units} из имеющегося здесь передаются в {recipient}.",
    },
    "zh": {
        "mode": "所需的 {need} 无法发运：通往此地的线路均不得运输该物品（{mode}）。",
        "reserved": "所需的 {need} 无法发运：可以运到此地的物品留在储备 {reserve} 中。",
        "other_part": "所需 {need}，满足 {served}（{coverage}）。未能更多，因为只有成套才计入（{bundle}），而此地缺少 {part}。",
        "max_min": "按此规则，不得以降低保障程度不高于此地的地点为代价来提高任何一方的份额。",
        "substituted": "其中 {units} 由 {other} 代替；每件折合 {rate}。",
        "kept_back": "{source} 的 {units} 由捐助方保留。",
        "in_reserve": "{source} 的 {units} 留在储备 {reserve} 中。",
        "packs": "只按整包发运，每包 {pack}。",
        "least": "线路 {source} → {recipient}（{mode}）每批至少 {kg} 公斤才发运。",
        "last_plan": "在两份计划共有的各周，上次计划发运 {last}，本次 {now}；每件差异的代价为 {cost}。",
        "own_part": "所需 {need}，满足 {served}（{coverage}）。只有成套才计入（{bundle}），此地所缺的正是该物品：每件价格 {price}。",
        "lent": "其中 {units} 借自 {source}，{weeks} 周后归还。",
        "passed_on": "此地现有的 {units} 转给 {recipient}。",
    },
    "ar": {
        "mode": "لا يمكن إرسال شيء من الاحتياج ({need}): لا يجوز نقل الصنف على أي خط إلى هنا ({mode}).",
        "reserved": "لا يمكن إرسال شيء من الاحتياج ({need}): ما يمكن أن يصل محفوظ في الاحتياطي {reserve}.",
        "other_part": "{served} من {need} ({coverage}). لا أكثر لأن المجموعات الكاملة وحدها تُحسب ({bundle})، وينقص هنا "
        "{part}.",
        "max_min": "بحسب القاعدة لا تُرفع حصة أحد على حساب مكان ليس أفضل تغطية.",
        "substituted": "{units} منها يغطيها {other} بدلا منه؛ وتُحسب الوحدة {rate}.",
        "kept_back": "{units} في {source} يحتفظ بها المانح.",
        "in_reserve": "{units} في {source} محفوظة في الاحتياطي {reserve}.",
        "packs": "لا تُرسل إلا عبوات كاملة من {pack}.",
        "least": "لا ينطلق الخط {source} ← {recipient} ({mode}) إلا بحمولة {kg} كغ أو أكثر.",
        "last_plan": "أرسلت الخطة السابقة {last} في الأسابيع المشتركة وهذه {now}؛ وتكلف كل وحدة فرق {cost}.",
        "own_part": "{served} من {need} ({coverage}). تُحسب المجموعات الكاملة وحدها ({bundle})، وهذا الصنف هو الناقص هنا: تكلف "
        "الوحدة {price}.",
        "lent": "{units} معارة من {source} وتعود بعد {weeks} أسابيع.",
        "passed_on": "{units} مما هو موجود هنا تُحال إلى {recipient}.",
    },
}
"""Language → term of sharing → sentence: reasons (mode, reserved, own_part, other_part), and what is added to a reason."""

TRIALS: dict[str, dict[str, str]] = {
    "en": {
        "price": "Value of the next unit here {value}; cheapest delivered price {price} (priority-weighted US$).",
        "none": "None of the changes tried (more at a source, more room on a lane) would serve more here.",
        "title": "What would change it (each was tried by solving again from this plan)",
        "change": "Change",
        "now": "Served now",
        "then": "Served then",
        "worth": "Worth",
        "promised": "Prices promised",
        "supply": "{amount} more at {source} for {recipient}",
        "route": "{amount} {unit} more a week on the lane {source} → {recipient} by {mode}",
        "degenerate": "* Much less came true than the prices promised: the plan is degenerate here. Trust the trial, not the "
        "price.",
    },
    "fr": {
        "price": "Valeur de la prochaine unité ici : {value} ; prix de livraison le plus bas : {price} (US$ pondérés par "
        "priorité).",
        "none": "Aucun des changements essayés (plus à une source, plus de place sur une liaison) ne servirait davantage "
        "ici.",
        "title": "Ce qui y changerait quelque chose (chaque changement a été essayé en résolvant de nouveau ce plan)",
        "change": "Changement",
        "now": "Servi",
        "then": "Servi alors",
        "worth": "Gain",
        "promised": "Promis par les prix",
        "supply": "{amount} de plus à {source} pour {recipient}",
        "route": "{amount} {unit} de plus par semaine sur la liaison {source} → {recipient} ({mode})",
        "degenerate": "* Bien moins s’est réalisé que ce que promettaient les prix : le plan est dégénéré ici. Fiez-vous à "
        "l’essai, non au prix.",
    },
    "es": {
        "price": "Valor de la siguiente unidad aquí: {value}; precio de entrega más bajo: {price} (US$ ponderados por "
        "prioridad).",
        "none": "Ninguno de los cambios probados (más en un origen, más espacio en una ruta) serviría más aquí.",
        "title": "Qué lo cambiaría (cada cambio se probó resolviendo de nuevo este plan)",
        "change": "Cambio",
        "now": "Servido",
        "then": "Servido entonces",
        "worth": "Ganancia",
        "promised": "Prometido por los precios",
        "supply": "{amount} más en {source} para {recipient}",
        "route": "{amount} {unit} más por semana en la ruta {source} → {recipient} ({mode})",
        "degenerate": "* Se cumplió mucho menos de lo que prometían los precios: el plan es degenerado aquí. Confíe en la "
        "prueba, no en el precio.",
    },
    "ru": {
        "price": "Ценность следующей единицы здесь {value}; самая низкая цена доставки {price} (US$ с учётом приоритета).",
        "none": "Ни одно из испробованных изменений (больше в источнике, больше места на маршруте) не дало бы здесь "
        "больше.",
        "title": "Что изменило бы результат (каждое изменение испробовано новым решением этого плана)",
        "change": "Изменение",
        "now": "Сейчас",
        "then": "Тогда",
        "worth": "Выигрыш",
        "promised": "Обещали цены",
        "supply": "ещё {amount} в {source} для {recipient}",
        "route": "ещё {amount} {unit} в неделю на маршруте {source} → {recipient} ({mode})",
        "degenerate": "* Сбылось намного меньше, чем обещали цены: план здесь вырожден. Доверяйте пробе, а не цене.",
    },
    "zh": {
        "price": "此地下一件的价值 {value}；最低交付价格 {price}（按优先级加权的美元）。",
        "none": "所试的改变（来源处增加、线路增加运力）均不能使此地得到更多。",
        "title": "怎样会改变结果（每项改变都从本计划重新求解试过）",
        "change": "改变",
        "now": "现在满足",
        "then": "届时满足",
        "worth": "收益",
        "promised": "价格所许",
        "supply": "{source} 增加 {amount}，供 {recipient}",
        "route": "线路 {source} → {recipient}（{mode}）每周增加 {amount} {unit}",
        "degenerate": "* 实际所得远低于价格所许：本计划在此处退化。请以试算为准，不以价格为准。",
    },
    "ar": {
        "price": "قيمة الوحدة التالية هنا {value}؛ أدنى سعر تسليم {price} (دولارات مرجحة بالأولوية).",
        "none": "لا شيء من التغييرات التي جُربت (المزيد عند مصدر، أو سعة أكبر على خط) يغطي أكثر هنا.",
        "title": "ما الذي يغيّر ذلك (جُرّب كل تغيير بحل هذه الخطة من جديد)",
        "change": "التغيير",
        "now": "المغطى الآن",
        "then": "المغطى حينها",
        "worth": "المكسب",
        "promised": "ما وعدت به الأسعار",
        "supply": "{amount} إضافية في {source} من أجل {recipient}",
        "route": "{amount} {unit} إضافية أسبوعيا على الخط {source} ← {recipient} ({mode})",
        "degenerate": "* تحقق أقل بكثير مما وعدت به الأسعار: الخطة منحلّة هنا. ثق بالتجربة لا بالسعر.",
    },
}
"""Language → what is said beside a reason: the deciding numbers, and the changes that were tried."""
