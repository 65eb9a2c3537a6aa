# The line's own texts: buttons, hints, reasons for asking again, command words.

# Buttons. Short, at most 40 characters.
button-skip = 跳過
button-keep = 保留我的回答
button-add = 補充我的回答
button-back = 返回
button-pause = 暫停
button-stop = 停止並刪除
button-why = 為什麼問這個？
button-done = 完成
button-more = 更多…
button-send = 送出
button-change = 修改回答
button-yes = 是
button-no = 否
button-understood = 我明白了
button-wipe = 清空這個聊天
button-status = 現在怎麼樣了？
button-delete = 刪除我的內容

# How to answer, where there are no buttons.
answer-one = 請用數字或文字回答。
answer-many = 請用一個或幾個數字回答，例如 1、3。
answer-text = 請寫下你的回答。
answer-file = 請傳到這裡，或是用文字寫。
answer-files = 請一個一個地傳，也可以用文字寫，傳完後請選「完成」。
answer-several = 想寫多少都可以，可以分成幾則訊息，寫完後請選「完成」。
answer-instead = 你現在寫的或傳的，會取代你之前在這裡給的全部內容。
answer-instead-or-add = 你現在寫的或傳的，會取代你之前在這裡給的全部內容。想保留之前的再補充，請先選「補充我的回答」。
answer-number = 請用數字回答。
answer-date = 請寫年份，或是年份和月份。
answer-country = 請寫國家或地區的名稱，或是選一個數字。
page = 第 { $page } 頁，共 { $pages } 頁

# What happened to an answer.
kept = 已經記下，但還沒有送出。你可以繼續補充，或是選「完成」。
again = 還想再加一項嗎？
change-which = 你想修改哪一個回答？
nothing-to-change = 現在還沒有可以修改的回答。
dropped = 只刪除了那一則訊息。請去掉號碼，再寫一遍。
number-kept = 你帶有號碼的那則訊息已經照原樣保留。想重新寫這個回答，請輸入 /change。
first = 這是第一個問題。
cannot-skip = 這裡需要你回答一下。你也可以停下來：那樣什麼都不會保留。
already = 這個已經收到了。我們現在到這一步。
edited = 先前的訊息如果改過，我們看不到改動。想修改回答，請輸入 /change。
unsent = 你刪除了這個聊天裡的一則訊息，但沒有未送出的回答來自它。想修改回答，請輸入 /change。想刪除你在這裡寫的全部內容，請輸入 /stop。
erased = 你刪除了這個聊天裡的一則訊息。它給出的回答在這裡也已清除。
erased-change = 你刪除了這個聊天裡的一則訊息。它給出的回答在這裡也已清除。想重新回答，請輸入 /change。
unsupported = 這裡收不了這種內容。請用文字回答，或是跳過。
no-file = 現在還不能接收檔案，所以這個沒有保留。如果可以，請把它安全地保存好：之後可以再傳。
no-voice = 現在還不能接收語音訊息，所以這則沒有保留。之後可以再傳。
no-file-here = 這個沒有保留：它不是這個問題的回答。在請你寫或請你傳東西的地方，可以傳檔案和語音訊息。
no-command = 現在用不到這個。我們現在到這一步。
welcome-back = 我們從剛才的地方繼續。
resumed = 我們從剛才的地方繼續。你剛剛寫的這一則沒有保留。
unheard = 你選語言之前寫的或傳的，沒有保留。想為以前送出過的內容做補充，請輸入 /code。
unheard-here = 你選語言之前寫的或傳的，沒有保留。
no-why = 我們這樣問，是為了讓合適的人來幫忙。你可以跳過。
trouble = 這裡出了點問題。請再說一次。
looks-like-id = 這看起來像證件號碼或電話號碼。我們不需要它。你想拿掉它重新寫，還是保持原樣？
button-keep-it = 保持原樣
button-write-again = 重新寫

# What became of the person's message in the chat, once its answer was kept. The app is asked;
# whether it really deletes, nobody here can know.
vanished = 你的這則訊息已經鎖好保存。我們已請 { $app } 把它從聊天中移除。
not-vanished = 你的這則訊息已經鎖好保存，但沒能從聊天中移除：請你自己刪除它。
# What an app is called whose name we do not know.
this-app = 這個應用程式

# Files and voice messages. “Kept” is said only when a file is sealed; a number is a file's name here.
file-coming = 檔案 { $number } 正在傳給我們。鎖好並保存之後，我們會告訴你。
file-kept = 檔案 { $number } 已經鎖好並保存。它的檢查碼以 { $hash } 開頭。
file-lost = 檔案 { $number } 沒能取到，沒有保存。想再傳一次，請輸入 /change；如果內容已經送出給我們，請輸入 /code。
file-too-large = 這個檔案太大：這裡最多能接收 { $largest } MB。請傳小一點的，或是傳其中一部分，或是用 Signal，或是問我們的團隊：{ $contact }。
file-dangerous = 這裡不接收程式或腳本，所以它沒有保留。請不要打開它。請寫下你有這個檔案：團隊會告訴你怎麼轉交。
files-programs = 可疑的檔案或程式也可以傳到這裡。請不要打開它。
files-no-programs = 我們在這裡不接收程式和可疑的檔案：寫下你有就可以。
file-too-many = 一份內容能附帶的檔案已經到了上限，所以這個沒有保留。請用文字告訴我們還有別的。
file-none = 這裡不能傳檔案，所以它沒有保留。如果可以，請把它安全地保存好，並用文字說說裡面是什麼。
file-no-room = 現在沒有空間放這個檔案，所以它沒有保留。請把它安全地保存好，之後再試，或是傳小一點的。

# Case codes, and adding to a case that was sent. Nothing is ever shown of the case.
thanks = 謝謝你寫給我們。如果你已經送出過內容，它已經收到，並為團隊鎖好。要補充，請寫 /code。要告訴我們別的事，請寫 /start。
code-how = 請傳你的個案編號：只傳那 20 個數字，放在一則訊息裡。
code-wrong = 這個編號在這裡對不上任何內容。請核對數字再試。沒有送出過的內容，從開始算起 { $lifetime } 小時後會刪除。試過幾次之後，請等一個小時。
code-found = 你的編號找到了。請選擇語言。
code-first = 這個聊天裡還有沒送出的內容。請先送出，或是用 /stop 刪除；然後再給編號。
moved = 我們從你停下的地方，在這裡繼續。
moved-away = 有人用個案編號在另一個聊天裡接著寫了，這裡不再繼續。如果那不是你，請告訴我們的團隊：{ $contact }。
adding = 你可以補充內容。你現在寫的或傳的，會馬上為團隊鎖好，不能收回，也不會在這裡顯示。
added = 已經加上，也為團隊鎖好了。你可以繼續補充，或是選「完成」。
digits-added = 這 20 個數字當作個案編號在這裡對不上任何內容，所以當作文字加上了。如果你要給的是編號，請核對數字，再傳一次。
adds-over = 這裡已經不能再補充了，你剛才傳的沒有保留。
status = 已鎖好：是。團隊的人已打開：{ $opened ->
     [yes] 是
    *[no] 還沒有
 }。已回覆：{ $answered ->
     [yes] 是
     [perhaps] 可能已回覆，但不一定送到
    *[no] 還沒有
 }。刪除：{ $asked ->
     [yes] 已要求；團隊 { $people } 人中有 { $erased } 人刪除了自己的那一份
    *[no] 沒有要求
 }。

reply-comes = 這是我們團隊的人寫給你的。
reply-how = 你可以在 { $days } 天內直接在這裡回答：寫下來，或是傳語音、檔案。內容會為團隊鎖好。想結束，請輸入 /stop。
reply-later = 這個聊天裡還有別的內容沒有完成，你現在寫的會算在那裡面。想回答我們，請先把它完成或刪除，然後輸入 /code。

# Beside the conversation.
send-again = 你有一則訊息，這裡沒能讀到。請再傳一次。
missed = 我們剛才不在，可能漏掉了訊息。請看看你寫的是不是都有了回應；沒有回應的，請再寫一遍。
timer = 如果你沒有另外設定，這個聊天裡的訊息會在 { $days } 天後消失。你可以在應用程式裡更改。
wait = 一下子來了很多則訊息。現在寫的內容不會保留：請等一分鐘，再繼續。
resting = 這裡目前不接收新的內容。聯絡我們團隊的人：{ $contact }。

# Before anyone has written, and in the menu of commands: whoever glances at the chat reads it.
# Not a word of what the line is for.
about = 這裡是 { $org }。請按「開始」：這裡會用你的語言提問，你隨時可以停下來。
about-short = { $org }。請按「開始」。
group = 這裡只能在私人聊天中使用。
command-start = 開始，或是繼續
command-help = 在這裡可以輸入什麼
command-language = 選擇語言
command-why = 為什麼問這個問題
command-skip = 跳過一個問題
command-back = 返回
command-change = 修改回答
command-pause = 之後再繼續
command-code = 用編號繼續
command-danger = 有急事的時候
command-verify = 我們是誰
command-wipe = 清空這個聊天
command-stop = 停止並刪除

# Why an answer could not be taken.
wrong-choice = 選項裡沒有這一個，所以沒有記下。
wrong-many = 其中有一個不在選項裡，所以沒有記下。
wrong-early = 這一則沒有保留：這裡需要你從選項裡選一個。接下來我們會請你用自己的話說。如果你現在有危險，請輸入 /danger。
wrong-late = 這一則沒有保留：這裡需要你從選項裡選一個。想把它加進你自己的話裡，請輸入 /change。
wrong-number = 這不是一個數字。
wrong-date = 這不是年份或月份。
wrong-country = 我們的清單裡沒有這個國家或地區。你可以輸入「不在這份清單中」。
wrong-constraint = 這好像不太對。請再試一次。
wrong-empty = 這則訊息裡沒有內容。
too-long = 這則訊息太長了。請分成短一點的幾則來傳，每則最多 { $most } 個字元。
too-many = 這個問題，我們最多只能收這些了。
too-many-answers = 我們最多只能收這些了。請把已有的內容送出給我們。
three-misses = 沒關係。你可以用 /skip 跳過這個問題，或是問我們團隊的人：{ $contact }。

# Words for commands, separated by |. A command can always be written with / in English.
word-start = 開始 | 開始吧
word-skip = 跳過 | 略過 | 跳過這題 | 下一題 | 保留我的回答
word-back = 返回 | 上一步 | 上一題 | 回上一題
word-add = 補充 | 補充回答 | 補充我的回答
word-done = 完成 | 好了 | 寫完了 | 說完了 | 就這些 | 就這樣
word-more = 更多 | 下一頁
word-change = 修改 | 更改 | 修改回答 | 更改回答
word-send = 送出 | 傳送 | 發送 | 提交
word-review = 檢查 | 檢查一遍
word-pause = 暫停 | 稍後繼續
word-stop = 停止 | 停止並刪除 | 取消 | 退出
word-delete = 刪除 | 全部刪除 | 刪除全部 | 刪掉 | 刪除我的內容
word-help = 說明 | 幫助 | 求助
word-why = 為什麼 | 為什麼問這個 | 為什麼要問 | 為什麼這樣問 | 點解
word-danger = 危險 | 緊急 | 緊急情況 | 救命 | 我有危險
word-language = 語言 | 換語言 | 更換語言
word-original = 原文 | 看原文 | 英文原文
word-verify = 查證 | 驗證 | 核對 | 核實
word-who = 你是誰 | 你們是誰 | 你是警察嗎 | 你們是警察嗎 | 你是機器人嗎 | 你是真人嗎 | 誰會看 | 誰在看 | 誰能看到 | 誰會看到這些 | 這些誰會看 | 你係邊個 | 你哋係邊個 | 你係咪警察 | 你哋係咪警察 | 邊個會睇 | 邊個睇到
word-thanks = 謝謝 | 謝謝你 | 謝謝您 | 謝謝你們 | 謝謝大家 | 多謝 | 多謝晒 | 唔該 | 唔該晒 | 感謝 | 非常感謝
word-code = 編號 | 個案編號 | 我的編號
word-status = 狀態 | 進展 | 現在怎麼樣了
word-wipe = 清空這個聊天 | 清空聊天 | 清空對話 | 清除聊天 | 清空聊天紀錄
word-yes = 是 | 是的 | 對 | 好 | 好的 | 可以 | 確定 | 係 | 保持原樣
word-no = 否 | 不 | 不是 | 不要 | 不可以 | 沒有 | 唔係 | 重新寫
