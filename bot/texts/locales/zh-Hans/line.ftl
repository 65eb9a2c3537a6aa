# The line's own texts: buttons, hints, reasons for asking again, command words.

# Buttons. Short, at most 40 characters.
button-skip = 跳过
button-keep = 保留我的回答
button-add = 补充我的回答
button-back = 返回
button-pause = 暂停
button-stop = 停止并删除
button-why = 为什么问这个？
button-done = 完成
button-more = 更多…
button-send = 发送
button-change = 修改回答
button-yes = 是
button-no = 否
button-understood = 我明白了
button-wipe = 清空这个聊天
button-status = 现在怎么样了？
button-delete = 删除我的内容

# How to answer, where there are no buttons.
answer-one = 请用数字或文字回答。
answer-many = 请用一个或几个数字回答，例如 1、3。
answer-text = 请写下你的回答。
answer-file = 请发到这里，或者用文字写。
answer-files = 请一个一个地发，也可以用文字写，发完后请选“完成”。
answer-several = 想写多少都可以，可以分成几条消息，写完后请选“完成”。
answer-instead = 你现在写的或发的，会代替你之前在这里给出的全部内容。
answer-instead-or-add = 你现在写的或发的，会代替你之前在这里给出的全部内容。想保留之前的再补充，请先选“补充我的回答”。
answer-number = 请用数字回答。
answer-date = 请写年份，或者年份和月份。
answer-country = 请写国家或地区的名称，或者选一个数字。
page = 第 { $page } 页，共 { $pages } 页

# What happened to an answer.
kept = 已经记下，但还没有发送。你可以继续补充，或者选“完成”。
again = 还想再加一项吗？
change-which = 你想修改哪一个回答？
nothing-to-change = 现在还没有可以修改的回答。
dropped = 只删除了那一条消息。请去掉号码，再写一遍。
number-kept = 你带有号码的那条消息已经按原样保留。想重新写这个回答，请输入 /change。
first = 这是第一个问题。
cannot-skip = 这里需要你回答一下。你也可以停下：那样什么都不会保留。
already = 这个已经收到了。我们现在到这一步。
edited = 之前的消息如果改过，我们看不到改动。想修改回答，请输入 /change。
unsent = 你删除了这个聊天里的一条消息，但没有未发送的回答来自它。想修改回答，请输入 /change。想删除你在这里写的全部内容，请输入 /stop。
erased = 你删除了这个聊天里的一条消息。它给出的回答在这里也已清除。
erased-change = 你删除了这个聊天里的一条消息。它给出的回答在这里也已清除。想重新回答，请输入 /change。
unsupported = 这种内容这里收不了。请用文字回答，或者跳过。
no-file = 现在还不能接收文件，所以这个没有保留。如果可以，请把它安全地保存好：之后可以再发。
no-voice = 现在还不能接收语音消息，所以这条没有保留。之后可以再发。
no-file-here = 这个没有保留：它不是这个问题的回答。在请你写或请你发东西的地方，可以发文件和语音消息。
no-command = 现在用不到这个。我们现在到这一步。
welcome-back = 我们从刚才的地方继续。
resumed = 我们从刚才的地方继续。你刚刚写的这一条没有保留。
unheard = 你选语言之前写的或发的，没有保留。想给以前发送过的内容做补充，请输入 /code。
unheard-here = 你选语言之前写的或发的，没有保留。
no-why = 我们这样问，是为了让合适的人来帮忙。你可以跳过。
trouble = 这里出了点问题。请再说一遍。
looks-like-id = 这看起来像证件号码或电话号码。我们不需要它。你想去掉它重新写，还是保持原样？
button-keep-it = 保持原样
button-write-again = 重新写

# What became of the person's message in the chat, once its answer was kept. The app is asked;
# whether it really deletes, nobody here can know.
vanished = 你的这条消息已经锁好保存。我们已请 { $app } 把它从聊天中移除。
not-vanished = 你的这条消息已经锁好保存，但没能从聊天中移除：请你自己删除它。
# What an app is called whose name we do not know.
this-app = 这个应用

# Files and voice messages. “Kept” is said only when a file is sealed; a number is a file's name here.
file-coming = 文件 { $number } 正在传给我们。锁好并保存之后，我们会告诉你。
file-kept = 文件 { $number } 已经锁好并保存。它的校验码以 { $hash } 开头。
file-lost = 文件 { $number } 没能取到，没有保存。想再发一次，请输入 /change；如果内容已经发送给我们，请输入 /code。
file-too-large = 这个文件太大：这里最多能接收 { $largest } MB。请发小一点的，或者发其中一部分，或者用 Signal，或者问我们的团队：{ $contact }。
file-dangerous = 这里不接收程序或脚本，所以它没有保留。请不要打开它。请写下你有这个文件：团队会告诉你怎么转交。
files-programs = 可疑的文件或程序也可以发到这里。请不要打开它。
files-no-programs = 我们在这里不接收程序和可疑的文件：写下你有就行。
file-too-many = 一份内容能附带的文件已经到了上限，所以这个没有保留。请用文字告诉我们还有别的。
file-none = 这里不能发文件，所以它没有保留。如果可以，请把它安全地保存好，并用文字说一说里面是什么。
file-no-room = 现在没有空间放这个文件，所以它没有保留。请把它安全地保存好，以后再试，或者发小一点的。

# Case codes, and adding to a case that was sent. Nothing is ever shown of the case.
thanks = 谢谢你写给我们。如果你已经发送过内容，它已经收到，并为团队锁好。要补充，请写 /code。要告诉我们别的事，请写 /start。
code-how = 请发你的个案编号：只发那 20 个数字，放在一条消息里。
code-wrong = 这个编号在这里对不上任何内容。请核对数字再试。没有发送过的内容，从开始算起 { $lifetime } 小时后会删除。试过几次之后，请等一个小时。
code-found = 你的编号找到了。请选择语言。
code-first = 这个聊天里还有没发送的内容。请先发送，或者用 /stop 删除；然后再给编号。
moved = 我们从你停下的地方，在这里继续。
moved-away = 有人用个案编号在另一个聊天里接着写了，这里不再继续。如果那不是你，请告诉我们的团队：{ $contact }。
adding = 你可以补充内容。你现在写的或发的，会马上为团队锁好，不能收回，也不会在这里显示。
added = 已经加上，并为团队锁好。你可以继续补充，或者选“完成”。
digits-added = 这 20 个数字作为个案编号在这里对不上任何内容，所以当作文字加上了。如果你想给的是编号，请核对数字，再发一次。
adds-over = 这里已经不能再补充了，你刚才发的没有保留。
status = 已锁好：是。团队的人已打开：{ $opened ->
     [yes] 是
    *[no] 还没有
 }。已回复：{ $answered ->
     [yes] 是
     [perhaps] 可能已回复，但不一定送到
    *[no] 还没有
 }。删除：{ $asked ->
     [yes] 已要求；团队 { $people } 人中有 { $erased } 人删除了自己的那一份
    *[no] 没有要求
 }。

reply-comes = 这是我们团队的人写给你的。
reply-how = 你可以在 { $days } 天内直接在这里回答：写下来，或者发语音、文件。内容会为团队锁好。想结束，请输入 /stop。
reply-later = 这个聊天里还有别的内容没有完成，你现在写的会算在那里面。想回答我们，请先把它完成或删除，然后输入 /code。

# Beside the conversation.
send-again = 你有一条消息，这里没能读到。请再发一次。
missed = 我们刚才不在，可能漏掉了消息。请看看你写的是不是都有了回应；没有回应的，请再写一遍。
timer = 如果你没有另外设置，这个聊天里的消息会在 { $days } 天后消失。你可以在应用里更改。
wait = 一下子来了很多条消息。现在写的内容不会保留：请等一分钟，再继续。
resting = 这里目前不接收新的内容。联系我们团队的人：{ $contact }。

# Before anyone has written, and in the menu of commands: whoever glances at the chat reads it.
# Not a word of what the line is for.
about = 这里是 { $org }。请按“开始”：这里会用你的语言提问，你随时可以停下。
about-short = { $org }。请按“开始”。
group = 这里只能在私人聊天中使用。
command-start = 开始，或者继续
command-help = 在这里可以输入什么
command-language = 选择语言
command-why = 为什么问这个问题
command-skip = 跳过一个问题
command-back = 返回
command-change = 修改回答
command-pause = 以后再继续
command-code = 用编号继续
command-danger = 有急事的时候
command-verify = 我们是谁
command-wipe = 清空这个聊天
command-stop = 停止并删除

# Why an answer could not be taken.
wrong-choice = 选项里没有这一个，所以没有记下。
wrong-many = 其中有一个不在选项里，所以没有记下。
wrong-early = 这一条没有保留：这里需要你从选项里选一个。接下来我们会请你用自己的话说。如果你现在有危险，请输入 /danger。
wrong-late = 这一条没有保留：这里需要你从选项里选一个。想把它加进你自己的话里，请输入 /change。
wrong-number = 这不是一个数字。
wrong-date = 这不是年份或月份。
wrong-country = 我们的列表里没有这个国家或地区。你可以输入“不在这个列表中”。
wrong-constraint = 这好像不太对。请再试一次。
wrong-empty = 这条消息里没有内容。
too-long = 这条消息太长了。请分成短一些的几条来发，每条最多 { $most } 个字符。
too-many = 这个问题，我们最多只能收这些了。
too-many-answers = 我们最多只能收这些了。请把已有的内容发送给我们。
three-misses = 没有关系。你可以用 /skip 跳过这个问题，或者问我们团队的人：{ $contact }。

# Words for commands, separated by |. A command can always be written with / in English.
word-start = 开始 | 开始吧
word-skip = 跳过 | 略过 | 跳过这题 | 下一题 | 保留我的回答
word-back = 返回 | 后退 | 上一步 | 上一题 | 回到上一题
word-add = 补充 | 补充回答 | 补充我的回答
word-done = 完成 | 好了 | 写完了 | 说完了 | 就这些
word-more = 更多 | 下一页
word-change = 修改 | 更改 | 修改回答 | 更改回答
word-send = 发送 | 送出 | 提交
word-review = 检查 | 检查一遍
word-pause = 暂停 | 稍后继续
word-stop = 停止 | 停止并删除 | 取消 | 退出
word-delete = 删除 | 全部删除 | 删除全部 | 删掉 | 删除我的内容
word-help = 帮助 | 求助 | 使用说明
word-why = 为什么 | 为什么问这个 | 为什么要问 | 为什么这样问
word-danger = 危险 | 紧急 | 紧急情况 | 救命 | 我有危险
word-language = 语言 | 换语言 | 更换语言
word-original = 原文 | 看原文 | 英文原文
word-verify = 核实 | 验证 | 核对 | 核实身份
word-who = 你是谁 | 你们是谁 | 你是警察吗 | 你们是警察吗 | 你是机器人吗 | 你是真人吗 | 谁会看 | 谁在看 | 谁能看到 | 谁会看到这些 | 这些谁会看
word-thanks = 谢谢 | 谢谢你 | 谢谢您 | 谢谢你们 | 谢谢大家 | 多谢 | 感谢 | 非常感谢
word-code = 编号 | 个案编号 | 我的编号
word-status = 状态 | 进展 | 现在怎么样了
word-wipe = 清空这个聊天 | 清空聊天 | 清空对话 | 清除聊天 | 清空聊天记录
word-yes = 是 | 是的 | 对 | 好 | 好的 | 可以 | 确定 | 保持原样
word-no = 否 | 不 | 不是 | 不要 | 不可以 | 没有 | 重新写
