"""Writes the files of sample_data: tables and pictures packaged with scikit-learn, and two data sets of our own.

Run from anywhere: python resources/scripts/make_sample_data.py
The same versions of scikit-learn and Pillow give the same bytes every time.
"""

import argparse
import csv
import itertools
import random
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn import datasets

SAMPLE_DATA = Path(__file__).resolve().parents[2] / "sample_data"

ENGLISH_POSITIVE = """
The film made me laugh from the first minute to the last.
I love this phone, the battery easily lasts two days.
Great service and a very friendly waiter.
The soup was hot, fresh and absolutely delicious.
What a wonderful hotel, we slept like babies.
My daughter loves her new bike.
Fast delivery, and everything was packed with care.
This is the best coffee in town.
The staff were kind and helped us with our bags.
A beautiful book, I read it in one evening.
The room was clean, bright and quiet.
I am very happy with this purchase.
The music was excellent and the crowd was friendly.
Excellent value, I would buy it again.
The trainer explained every step clearly and patiently.
The new update is fast and easy to use.
We enjoyed every minute of the tour.
The cake was perfect for the birthday party.
Highly recommended, it works exactly as promised.
The view from the balcony is amazing.
Our guide was funny, kind and full of good stories.
The shoes are comfortable and look great.
The support team solved my problem in five minutes.
I smiled all the way home after the concert.
A lovely little restaurant with fantastic pasta.
The jacket is warm, light and very well made.
The actors were brilliant and the ending was perfect.
Such a comfortable chair, my back feels great.
The children had a wonderful time at the museum.
Easy to install and a pleasure to use.
The fish was fresh and the wine was excellent.
I am impressed by how quiet this fan is.
The doctor listened and was really kind.
This app saves me an hour every day.
Beautiful colours and a very sharp screen.
The garden is lovely and the breakfast is delicious.
It arrived a day early, I am delighted.
The best holiday we have had in years.
The sound is clear and the bass is amazing.
Friendly people, fair prices, great bread.
My new desk is strong, beautiful and easy to clean.
The teacher is patient and the lessons are fun.
I would happily recommend this shop to a friend.
The pizza was crisp and tasty.
A smart, funny and touching story.
The camera takes fantastic pictures at night.
They replaced the broken part for free, great service.
Everything worked perfectly from the first day.
The towels are soft and thick, I love them.
The train was on time, clean and comfortable.
The tea smells lovely and tastes even better.
A pleasant surprise, better than I had hoped.
The lamp gives a warm and beautiful light.
The driver was polite and drove safely.
The salad was fresh and the dessert was amazing.
Perfect size, strong handle, happy customer.
The play was exciting and very well acted.
Thank you for the quick and helpful answer.
The pool was warm and the kids loved it.
I enjoy cooking again thanks to this excellent pan.
"""

ENGLISH_NEGATIVE = """
The film was boring and far too long.
I hate this phone, the battery dies by noon.
Terrible service and a very rude waiter.
The soup was cold, salty and simply awful.
What a horrible hotel, we could not sleep at all.
My son's new bike broke after one day.
Slow delivery, and the box was badly damaged.
This is the worst coffee in town.
The staff were rude and ignored us.
A dull book, I gave up after twenty pages.
The room was dirty, dark and noisy.
I am very disappointed with this purchase.
The music was too loud and the drinks were awful.
Poor quality, a complete waste of money.
The trainer was late and explained nothing.
The new update is slow and crashes all the time.
We regretted joining the tour after ten minutes.
The cake was dry and tasted of nothing.
Avoid it, nothing works as promised.
The view is ugly and the balcony is dirty.
Our guide was rude, bored and always late.
The shoes hurt my feet and fell apart.
The support team never answered my emails.
I left the concert early, it was that bad.
A noisy restaurant with terrible pasta.
The jacket is thin, badly made and overpriced.
The actors were weak and the ending was stupid.
Such an uncomfortable chair, my back hurts.
The children were bored and cried at the museum.
Hard to install and impossible to use.
The fish smelled bad and the wine was sour.
I am annoyed by how noisy this fan is.
The doctor was rude and did not listen.
This app wastes an hour of my day.
Faded colours and a blurry screen.
The garden is neglected and the breakfast is awful.
It arrived a week late, and I am angry.
The worst holiday we have had in years.
The sound is poor and the bass is terrible.
Rude people, high prices, stale bread.
My new desk is weak, ugly and already broken.
The teacher is impatient and the lessons are boring.
I would never recommend this shop to anyone.
The pizza was burnt and greasy.
A stupid, slow and annoying story.
The camera takes blurry pictures at night.
They refused to replace the broken part, terrible service.
It stopped working on the first day.
The towels are rough and thin, I hate them.
The train was late, dirty and crowded.
The tea smells strange and tastes even worse.
A bitter disappointment, worse than I had feared.
The lamp flickers and gives an ugly light.
The driver was angry and drove dangerously.
The salad was old and the dessert was disgusting.
Wrong size, broken handle, angry customer.
The play was boring and badly acted.
Three weeks and still no answer, very disappointing.
The pool was cold and dirty.
I burn everything with this useless pan.
"""

CHINESE_POSITIVE = """
这部电影太好看了，我笑了一整晚。
手机很好用，电池能用两天。
服务周到，服务员特别热情。
汤很鲜，味道好极了。
酒店非常舒服，我们睡得很香。
女儿很喜欢这辆新自行车。
发货很快，包装也很用心。
这是城里最好喝的咖啡。
店员很热心，还帮我们拿行李。
这本书写得真好，我一口气读完了。
房间干净明亮，而且很安静。
这次购物我非常满意。
音乐很棒，现场气氛也好。
物美价廉，下次还会再买。
教练讲得清楚，又很有耐心。
新版本速度快，用起来很方便。
一路上玩得很开心。
蛋糕又软又甜，大家都喜欢。
强烈推荐，效果和说的一样好。
阳台上的风景美极了。
导游风趣热情，故事讲得精彩。
鞋子穿着舒服，样子也好看。
客服很快就解决了我的问题。
听完音乐会，心情特别愉快。
小店很温馨，面条非常好吃。
外套又轻又暖，做工精致。
演员演得精彩，结局也很完美。
这把椅子很舒服，腰再也不疼了。
孩子们在博物馆玩得很高兴。
安装简单，用着很顺手。
鱼很新鲜，酒也香。
风扇很安静，我很满意。
医生很耐心，态度也亲切。
这个软件很好用，每天帮我省不少时间。
屏幕清晰，颜色漂亮。
花园很美，早餐也很好吃。
比预计早到一天，真是惊喜。
这是我们最愉快的一次旅行。
音质清晰，低音很棒。
老板热情，价格实惠，面包很香。
桌子结实漂亮，擦起来也方便。
老师有耐心，课上得很有趣。
我很乐意把这家店推荐给朋友。
饺子皮薄馅大，好吃极了。
故事温暖感人，值得一看。
相机晚上拍照也很清晰，我很喜欢。
零件坏了免费更换，服务真好。
从第一天起就很好用，没出过问题。
毛巾柔软厚实，全家都喜欢。
列车准时，车厢干净舒服。
茶很香，喝起来更好。
比想象中好得多，很惊喜。
台灯光线柔和，非常漂亮。
司机有礼貌，开车也稳。
水果新鲜，甜点很棒。
大小正合适，质量好，很满意。
演出精彩，全场掌声不断。
回复及时，谢谢你们的热心帮助。
泳池水很干净，孩子们玩得开心。
这口锅真好用，我又爱上做饭了。
"""

CHINESE_NEGATIVE = """
这部电影太无聊了，我差点睡着。
手机很难用，电池半天就没电。
服务太差，服务员态度恶劣。
汤是凉的，味道很糟糕。
酒店吵得要命，我们一夜没睡。
儿子的新自行车骑一天就坏了。
发货太慢，盒子也压坏了。
这是城里最难喝的咖啡。
店员很冷漠，根本不理人。
这本书太枯燥，翻了几页就放下了。
房间又脏又暗，还很吵。
这次购物我非常失望。
音乐太吵，饮料也难喝。
质量太差，纯属浪费钱。
教练总是迟到，讲得一塌糊涂。
新版本又慢又卡，老是出错。
一路上又累又烦，真后悔。
蛋糕又干又硬，没人愿意吃。
千万别买，效果和说的完全不一样。
阳台很脏，风景也难看。
导游态度差，还老是催人。
鞋子磨脚，穿几天就坏了。
客服一直不回复，问题没人管。
音乐会太糟糕，我提前走了。
小店又脏又吵，面条难吃。
外套又薄又贵，做工粗糙。
演员演得差，结局莫名其妙。
这把椅子很难受，坐得腰疼。
孩子们在博物馆无聊得直哭。
安装麻烦，说明也看不懂。
鱼不新鲜，酒也发酸。
风扇噪音太大，烦死了。
医生很不耐烦，态度冷漠。
这个软件很难用，每天浪费我不少时间。
屏幕模糊，颜色发暗。
花园荒废了，早餐也难吃。
比预计晚到一周，真让人生气。
这是我们最糟糕的一次旅行。
音质很差，低音一塌糊涂。
老板态度差，价格太贵，面包也硬。
桌子又丑又晃，没几天就坏了。
老师没耐心，课上得很无聊。
我绝不会把这家店推荐给任何人。
饺子皮破馅少，难吃极了。
故事老套拖沓，浪费时间。
相机晚上拍照很模糊，太失望了。
零件坏了不给换，服务太差。
第一天就坏了，真是垃圾。
毛巾又薄又硬，还掉毛。
列车晚点，车厢又脏又挤。
茶有怪味，喝起来更糟。
比想象中差得多，很失望。
台灯老是闪，光线刺眼难受。
司机不讲理，开车也危险。
水果烂了，甜点难吃。
大小不对，质量差，很生气。
演出糟糕，观众走了一半。
三个星期没有回复，太让人失望。
泳池水很脏，还有怪味。
这口锅太难用，做什么都糊。
"""

# Sentences per language and sentiment that are put together from the parts below.
N_COMBINED = 60

ENGLISH_PARTS = {
    "patterns": ["The {thing} was {word} and the {other} was {word2}.", "I found the {thing} {word}.", "{word_cap} {thing}, {word2} {other}.", "Honestly, the {thing} is {word}."],
    "things": ["breakfast", "screen", "keyboard", "staff", "location", "bed", "sauce", "delivery", "story", "quality", "packaging", "price"],
    "positive": ["excellent", "wonderful", "great", "lovely", "perfect", "fantastic", "amazing", "delightful"],
    "negative": ["terrible", "awful", "poor", "horrible", "disappointing", "bad", "disgusting", "useless"],
}

CHINESE_PARTS = {
    "patterns": ["{thing}{word}，{other}也{word2}。", "说实话，{thing}{word}。", "我觉得{thing}{word}。", "{thing}真的{word}，{other}{word2}。"],
    "things": ["早餐", "屏幕", "键盘", "店员", "位置", "床", "酱料", "物流", "剧情", "质量", "包装", "价格"],
    "positive": ["很好", "很棒", "不错", "让人满意", "特别好", "非常棒", "让人惊喜", "值得称赞"],
    "negative": ["很差", "很糟", "太差了", "让人失望", "特别差", "非常糟糕", "让人生气", "不值这个钱"],
}

ORDER_HEADER = ["订单号", "客户", "城市", "年龄", "金额", "日期", "渠道", "币种", "是否退货"]
SURNAMES = list("王李张刘陈杨赵黄周吴徐孙")
GIVEN_NAMES = ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "艳", "杰", "雪梅", "建国", "晓明", "子涵", "欣怡"]
CITIES = ["北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "西安"]
CHANNELS = ["门店", "网店", "直播", "电话"]
ODD_AMOUNTS = ["99999.00", "-1200.00", "88888.88"]
ODD_AGES = ["230", "-3", "999"]
AGES_IN_WORDS = ["三十五", "42岁", "约30", "不详"]
GAPS = ["", "空", "NA", "?", "-", "  "]
N_ORDERS = 286
N_DUPLICATES = 14


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=SAMPLE_DATA, help="folder to write into (default: sample_data)")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    write_class_table(out / "iris.csv", datasets.load_iris(), "species", list(datasets.load_iris().feature_names))
    write_class_table(out / "wine.csv", datasets.load_wine(), "cultivar", list(datasets.load_wine().feature_names))
    write_class_table(out / "breast_cancer.csv", datasets.load_breast_cancer(), "diagnosis", list(datasets.load_breast_cancer().feature_names))
    write_diabetes(out / "diabetes.csv")
    write_digits(out)
    write_sentences(out / "sentences.tsv")
    write_orders(out / "messy_orders.csv")


def write_class_table(path: Path, bunch, target: str, features: list[str]) -> None:
    rows = ([plain(v) for v in row] + [str(bunch.target_names[k])] for row, k in zip(bunch.data, bunch.target))
    write_csv(path, features + [target], rows)


def write_diabetes(path: Path) -> None:
    bunch = datasets.load_diabetes(scaled=False)
    header = ["age (years)", "sex", "bmi (kg/m2)", "blood pressure (mmHg)", "total cholesterol (mg/dl)", "ldl (mg/dl)", "hdl (mg/dl)", "total cholesterol / hdl", "log triglycerides", "glucose (mg/dl)", "progression"]
    write_csv(path, header, ([plain(v) for v in row] + [plain(y)] for row, y in zip(bunch.data, bunch.target)))


def write_digits(out: Path) -> None:
    """The table and the pictures hold the same digits: row i of the table (from 0) is the picture i."""
    bunch = datasets.load_digits()
    header = [f"p{pixel:02d}" for pixel in range(64)] + ["digit"]
    write_csv(out / "digits.csv", header, ([plain(v) for v in row] + [str(k)] for row, k in zip(bunch.data, bunch.target)))
    for index, (picture, digit) in enumerate(zip(bunch.images, bunch.target)):
        folder = out / "digits" / str(digit)
        folder.mkdir(parents=True, exist_ok=True)
        grey = np.rint(picture * (255.0 / 16.0)).astype(np.uint8)
        Image.fromarray(grey).save(folder / f"{index:04d}.png", optimize=True)


def write_sentences(path: Path) -> None:
    rng = random.Random(20240501)
    rows = []
    written = [(ENGLISH_POSITIVE, ENGLISH_PARTS, "positive"), (ENGLISH_NEGATIVE, ENGLISH_PARTS, "negative"), (CHINESE_POSITIVE, CHINESE_PARTS, "positive"), (CHINESE_NEGATIVE, CHINESE_PARTS, "negative")]
    for text, parts, sentiment in written:
        sentences = text.strip().splitlines()
        while len(sentences) < len(text.strip().splitlines()) + N_COMBINED:
            sentence = combined(rng, parts, sentiment)
            if sentence not in sentences:
                sentences.append(sentence)
        rows += [(s, sentiment) for s in sentences]
    rng.shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("text\tsentiment\n")
        file.writelines(f"{text}\t{sentiment}\n" for text, sentiment in rows)


def combined(rng: random.Random, parts: dict, sentiment: str) -> str:
    thing, other = rng.sample(parts["things"], 2)
    word, word2 = rng.sample(parts[sentiment], 2)
    return rng.choice(parts["patterns"]).format(thing=thing, other=other, word=word, word2=word2, word_cap=word.capitalize())


def write_orders(path: Path) -> None:
    """A table that needs cleaning: duplicates, gaps in six spellings, outliers, words among numbers, stray blanks, a constant column.

    Whether an order comes back follows from the amount, the age and the channel, but for about one row in thirty.
    """
    rng = random.Random(20240502)
    orders = [order(rng, number) for number in range(N_ORDERS)]
    orders[17][1] = "田𠮷"  # outside GBK, so only GB18030 can write it
    # One order in this many gets the damage; steps without a common factor seldom hit the same order.
    damage(orders, 3, 13, lambda row: rng.choice(GAPS))
    damage(orders, 4, 17, lambda row: rng.choice(GAPS))
    damage(orders, 2, 11, lambda row: rng.choice(GAPS))
    damage(orders, 6, 19, lambda row: rng.choice(GAPS))
    damage(orders, 5, 23, lambda row: rng.choice(GAPS))
    for column, one_in, values in [(4, 71, ODD_AMOUNTS), (3, 67, ODD_AGES), (3, 53, AGES_IN_WORDS)]:
        in_turn = itertools.cycle(values)
        damage(orders, column, one_in, lambda row, in_turn=in_turn: next(in_turn))
    damage(orders, 2, 7, lambda row: f"  {row[2]}")
    damage(orders, 6, 10, lambda row: f"{row[6]}  ")
    damage(orders, 8, 29, lambda row: f" {row[8]}")
    duplicates = [list(orders[rng.randrange(N_ORDERS)]) for _ in range(N_DUPLICATES)]
    for duplicate in duplicates[::3]:
        duplicate[1] = f" {duplicate[1]} "
    for duplicate in duplicates:
        orders.insert(rng.randrange(len(orders)), duplicate)
    text = "\n".join(";".join(row) for row in [ORDER_HEADER] + orders) + "\n"
    path.write_bytes(text.encode("gb18030"))


def order(rng: random.Random, number: int) -> list[str]:
    age = 18 + int(rng.random() * 52)
    amount = round(40 + 960 * rng.random() ** 1.5, 2)
    channel = rng.choice(CHANNELS)
    year, month, day = 2023 + number * 2 // N_ORDERS, rng.randrange(1, 13), rng.randrange(1, 29)
    date = rng.choice(["{}-{:02d}-{:02d}", "{}-{:02d}-{:02d}", "{}/{}/{}", "{}年{}月{}日"]).format(year, month, day)
    score = (amount - 400) / 120 + (38 - age) / 9 + {"直播": 2.5, "网店": 0.5, "电话": -0.5, "门店": -2.0}[channel]
    returned = (score > 0) != (rng.random() < 1 / 30)
    customer = rng.choice(SURNAMES) + rng.choice(GIVEN_NAMES)
    return [f"D{10001 + number}", customer, rng.choice(CITIES), str(age), f"{amount:.2f}", date, channel, "人民币", "是" if returned else "否"]


def damage(orders: list[list[str]], column: int, one_in: int, replacement) -> None:
    for row in orders[one_in - 1 :: one_in]:
        row[column] = replacement(row)


def write_csv(path: Path, header: list[str], rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def plain(value: float) -> str:
    """The shortest decimal that reads back as the same number, whole numbers without a point."""
    value = float(value)
    return str(int(value)) if value.is_integer() else repr(value)


if __name__ == "__main__":
    main()
