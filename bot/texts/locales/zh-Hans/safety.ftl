# The safety block: what a person must understand before and after they tell us anything.
# A language is offered to the public only when every message here is reviewed.
# One idea in each message, at most 350 characters.

hello = { $org }
choose-language = 请选择你的语言。
draft-language = 这份译文还没有母语者检查过。如果有不清楚的地方，请输入 /original 查看英文原文。

q-APP-telegram = 在 Telegram 上，和机器人的对话不是端到端加密的。Telegram 公司能看到对话内容，也可能按照公司的规定，把你的电话号码和 IP 地址交给当局。Signal 更安全。你也可以就停在这里。
q-APP-signal = Signal 会给你的手机和我们的电脑之间的这段对话加密。但是拿到你手机的人，仍然能看到内容。你现在可以打开“阅后即焚”，让消息到时自动消失。

# The question for consent in danger, where somebody reads urgent alerts day and night. The alert
# goes out after a random time, so it is not “at once”.
q-D2-alert = 你接下来写的内容，我们可以接收并加密保存，让我们的团队阅读吗？如果你同意，我们很快会告诉团队有人需要帮助，但不会带上你写的话。你发送的内容，会有人在 { $alert_hours } 小时之内阅读。这里不是紧急救援服务。

lines-row = 如果可以，请先到安全的地方。{ $country }的紧急电话：{ $number }（{ $date } 核对过）。
lines-caution = 如果可以，请先到安全的地方。那里的警察有可能把你送回去：如果做得到，请先联系 { $help }。{ $country }的紧急电话：{ $number }（{ $date } 核对过）。
lines-none = 如果可以，请先到安全的地方。我们没有核对过的紧急电话可以给你看。如果打给那里的警察对你是安全的，请拨打当地的紧急电话；在欧盟可以拨 112。
lines-origin = 那里的警方电话，我们不提供。如果你现在写，请只写几句，不要写细节。如果可能有人看到，请删除这个聊天。
lines-crisis = 现在就可以找人说说话：{ $number }（{ $date } 核对过）。
crisis-none = 有人倾听的电话，我们没有核对过的可以给你。请不要一个人扛着：去找你信任的人，或者现在就给他们打电话。如果可以，把可能伤到自己的东西放到拿不到的地方。医生或医院急诊也能马上帮你。
crisis-origin = 那里的电话，我们不提供。请不要一个人扛着：现在就去找你信任的人。如果可以，把可能伤到自己的东西放到拿不到的地方。如果你现在写，请只写几句。如果可能有人看到，请删除这个聊天。

stop-sure = 要停止，并删除你在这里写的全部内容吗？
stopped = 已经删除。什么都没有保留。
delete-how = 这里没有正在进行的内容。想删除已经发送的内容，请输入 /code，给出个案编号，然后输入 /delete。联系我们团队的人：{ $contact }。
delete-sure = 要让团队删除你发送的内容吗？删除后不能恢复，也不会再有人就这件事给你写消息。
not-deleted = 什么都没有删除。
delete-asked = 你的内容正在删除：一般在 48 小时之内，最多 16 天；团队的每台电脑会在下次连接时删除。你可以用个案编号查看进展。
contact-here = 我们的团队可以就这件事也在这个聊天里给你写消息吗？能打开这个聊天的人，都可能看到。
contact-kept = 现在，我们的团队也可以在这个聊天里给你写消息了。
deleted-sent = 你只删除了这个聊天里的消息。已经发送的内容仍在我们的团队那里。想请我们删除，请联系 { $contact }。
wiped = 我们已请 { $app } 移除这个聊天里的消息。你发过的文件（如果有）还在。请把这台设备上的聊天也删除。
not-wiped = 我们已请 { $app } 移除这个聊天里的消息，但有一些没能移除。请你自己删除整个聊天，并选择两边都删除。
wiped-ours = 我们已请 { $app } 移除我们在这个聊天里的消息。你自己写的或发的，在你删除之前都还在：请把这台设备上的聊天也删除。
not-wiped-ours = 我们已请 { $app } 移除我们在这个聊天里的消息，但有一些没能移除。你自己写的也还在：请你自己删除整个聊天。
no-wipe = 在这个应用里，我们移除不了消息。请你自己删除整个聊天；如果应用允许，请选择两边都删除。
closed = 为了你的安全，我们关上了这段对话。什么都没有发送。你的回答已经锁好，从开始算起 { $lifetime } 小时后会删除。想继续，发一条消息就行。
closed-ephemeral = 为了你的安全，我们关上了这段对话。什么都没有发送。如果这里的系统重新启动，你就需要从头开始。
paused = 我们先停在这里。什么都没有发送。你的回答已经锁好，从开始算起 { $lifetime } 小时后会删除。想继续，发一条消息就行。
paused-ephemeral = 我们先停在这里。什么都没有发送。如果这里的系统重新启动，你就需要从头开始。
expired = 这段对话没有发送，并且已经删除。
restarted = 这里的系统重新启动过，你写的内容已经没有了。什么都没有发送。你可以重新开始。
code = 你的个案编号：{ $code }。请写在纸上，或者记在心里；不要把它和你的名字拍在一起。
sent = 已经收到，并且锁好了。个案编号：{ $code }。请写在纸上，或者记在心里；不要把它和你的名字拍在一起。
sent-known = 已经收到，并且锁好了。它归在你之前拿到的个案编号下面。
end = 个案编号写好或记住之后，如果你愿意，可以在这台设备上删除这个聊天。以后想补充，请输入 /code。以后我们给你写消息时，会先说出你选的那句话（如果你选过）。

review = 你回答了 { $count } 个问题。这里不显示你的回答。你想怎么做？
review-aside = 你回答了 { $count } 个问题。其中 { $aside } 个和别的回答已经不相符，不会发送。你想怎么做？
review-files = 你回答了 { $count } 个问题。一起发送的文件：{ $files } 个。这里不显示你的回答。你想怎么做？
review-aside-files = 你回答了 { $count } 个问题。其中 { $aside } 个和别的回答已经不相符，不会发送。一起发送的文件：{ $files } 个。你想怎么做？
not-enough = 现在还没有可以发送的内容。请用你自己的话告诉我们发生了什么，或者选出符合的项目。
nothing-to-send = 现在还没有可以发送的内容。

help = 联系我们团队的人：{ $contact }。你可以输入：/back（上一题）、/skip（跳过）、/change（修改回答）、/pause（以后继续）、/stop（删除所有还没有发送的内容）、/danger（很紧急的时候）、/who（谁会看）、/code（补充已发送的内容，或请团队删除）、/wipe（清空聊天）、/why（为什么问）、/language（语言）、/original（原文）、/verify（核实）。
verify = 我们是 { $org }。我们真正的账号名印在我们的网页上，也印在纸上：{ $handles }。请一个字母一个字母地核对。这个聊天里的消息，证明不了我们是谁。
who = 这是 { $org } 的机器人：是电脑，不是人，也不是警察。我们这边，团队里有 { $team } 个人可以读你发送的内容。应用本身能看到什么，我们在开头说明。这里的消息证明不了我们是谁：输入 /verify，看看怎么核实。
danger = 如果你现在有危险，请离开这个聊天，到安全的地方去。这里不是紧急救援服务。
paused-early = 我们先停在这里。目前什么都没有保留。想继续，请尽快发一条消息；隔得太久就要从头开始。
