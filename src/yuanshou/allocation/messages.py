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
