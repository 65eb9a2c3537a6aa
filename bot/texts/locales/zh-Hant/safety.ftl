# The safety block: what a person must understand before and after they tell us anything.
# A language is offered to the public only when every message here is reviewed.
# One idea in each message, at most 350 characters.

hello = { $org }
choose-language = 請選擇你的語言。
draft-language = 這份譯文還沒有母語人士看過。如果有不清楚的地方，請輸入 /original 看英文原文。

q-APP-telegram = 在 Telegram 上，和機器人的對話不是端對端加密的。Telegram 公司看得到對話內容，也可能依照公司的規定，把你的電話號碼和 IP 位址交給當局。Signal 比較安全。你也可以就停在這裡。
q-APP-signal = Signal 會為你的手機和我們的電腦之間的這段對話加密。但是拿到你手機的人，還是看得到內容。你現在可以開啟「自動銷毀訊息」，讓訊息到時自動消失。

# The question for consent in danger, where somebody reads urgent alerts day and night. The alert
# goes out after a random time, so it is not “at once”.
q-D2-alert = 你接下來寫的內容，我們可以接收並加密保存，讓我們的團隊閱讀嗎？如果你同意，我們很快會告訴團隊有人需要幫助，但不會帶上你寫的話。你送出的內容，會有人在 { $alert_hours } 小時之內閱讀。這裡不是緊急救援服務。

lines-row = 如果可以，請先到安全的地方。{ $country }的緊急電話：{ $number }（{ $date } 核對過）。
lines-caution = 如果可以，請先到安全的地方。那裡的警察有可能把你送回去：如果做得到，請先聯絡 { $help }。{ $country }的緊急電話：{ $number }（{ $date } 核對過）。
lines-none = 如果可以，請先到安全的地方。我們沒有核對過的緊急電話可以給你看。如果打給那裡的警察對你是安全的，請撥打當地的緊急電話；在歐盟可以撥 112。
lines-origin = 那裡的警方電話，我們不提供。如果你現在寫，請只寫幾句，不要寫細節。如果可能有人會看到，請刪除這個聊天。
lines-crisis = 現在就可以找人說說話：{ $number }（{ $date } 核對過）。
crisis-none = 有人傾聽的電話，我們沒有核對過的可以給你。請不要一個人扛著：去找你信任的人，或現在就打電話給他們。如果可以，把可能傷到自己的東西放到拿不到的地方。醫生或醫院急診也能馬上幫你。
crisis-origin = 那裡的電話，我們不提供。請不要一個人扛著：現在就去找你信任的人。如果可以，把可能傷到自己的東西放到拿不到的地方。如果你現在寫，請只寫幾句。如果可能有人會看到，請刪除這個聊天。

stop-sure = 要停止，並刪除你在這裡寫的全部內容嗎？
stopped = 已經刪除。什麼都沒有保留。
delete-how = 這裡沒有進行中的內容。想刪除已經送出的內容，請輸入 /code，給出個案編號，然後輸入 /delete。聯絡我們團隊的人：{ $contact }。
delete-sure = 要讓團隊刪除你送出的內容嗎？刪除後無法恢復，也不會再有人就這件事傳訊息給你。
not-deleted = 什麼都沒有刪除。
delete-asked = 你的內容正在刪除：一般在 48 小時之內，最多 16 天；團隊的每台電腦會在下次連線時刪除。你可以用個案編號查看進展。
contact-here = 我們的團隊可以就這件事也在這個聊天裡傳訊息給你嗎？能打開這個聊天的人，都可能看到。
contact-kept = 現在，我們的團隊也可以在這個聊天裡傳訊息給你了。
deleted-sent = 你只刪除了這個聊天裡的訊息。已經送出的內容仍在我們的團隊那裡。想請我們刪除，請聯絡 { $contact }。
wiped = 我們已請 { $app } 移除這個聊天裡的訊息。你傳過的檔案（如果有）還在。請把這個裝置上的聊天也刪除。
not-wiped = 我們已請 { $app } 移除這個聊天裡的訊息，但有一些沒能移除。請你自己刪除整個聊天，並選擇兩邊都刪除。
wiped-ours = 我們已請 { $app } 移除我們在這個聊天裡的訊息。你自己寫的或傳的，在你刪除之前都還在：請把這個裝置上的聊天也刪除。
not-wiped-ours = 我們已請 { $app } 移除我們在這個聊天裡的訊息，但有一些沒能移除。你自己寫的也還在：請你自己刪除整個聊天。
no-wipe = 在這個應用程式裡，我們沒辦法移除訊息。請你自己刪除整個聊天；如果應用程式可以，請選擇兩邊都刪除。
closed = 為了你的安全，我們關上了這段對話。什麼都沒有送出。你的回答已經鎖好，從開始算起 { $lifetime } 小時後會刪除。想繼續的話，傳一則訊息就可以。
closed-ephemeral = 為了你的安全，我們關上了這段對話。什麼都沒有送出。如果這裡的系統重新啟動，你就要從頭開始。
paused = 我們先停在這裡。什麼都沒有送出。你的回答已經鎖好，從開始算起 { $lifetime } 小時後會刪除。想繼續的話，傳一則訊息就可以。
paused-ephemeral = 我們先停在這裡。什麼都沒有送出。如果這裡的系統重新啟動，你就要從頭開始。
expired = 這段對話沒有送出，而且已經刪除。
restarted = 這裡的系統重新啟動過，你寫的內容已經沒有了。什麼都沒有送出。你可以重新開始。
code = 你的個案編號：{ $code }。請寫在紙上，或是記在心裡；不要把它和你的名字拍在一起。
sent = 已經收到，也鎖好了。個案編號：{ $code }。請寫在紙上，或是記在心裡；不要把它和你的名字拍在一起。
sent-known = 已經收到，也鎖好了。它歸在你之前拿到的個案編號底下。
end = 個案編號寫好或記住之後，如果你願意，可以在這個裝置上刪除這個聊天。之後想補充，請輸入 /code。以後我們傳訊息給你時，會先說出你選的那句話（如果你選過）。

review = 你回答了 { $count } 個問題。這裡不會顯示你的回答。你想怎麼做？
review-aside = 你回答了 { $count } 個問題。其中 { $aside } 個和其他回答已經不相符，不會送出。你想怎麼做？
review-files = 你回答了 { $count } 個問題。一起送出的檔案：{ $files } 個。這裡不會顯示你的回答。你想怎麼做？
review-aside-files = 你回答了 { $count } 個問題。其中 { $aside } 個和其他回答已經不相符，不會送出。一起送出的檔案：{ $files } 個。你想怎麼做？
not-enough = 現在還沒有可以送出的內容。請用你自己的話告訴我們發生了什麼事，或是選出符合的項目。
nothing-to-send = 現在還沒有可以送出的內容。

help = 聯絡我們團隊的人：{ $contact }。你可以輸入：/back（上一題）、/skip（跳過）、/change（修改回答）、/pause（之後繼續）、/stop（刪除所有還沒送出的內容）、/danger（很緊急的時候）、/who（誰會看）、/code（補充已送出的內容，或請團隊刪除）、/wipe（清空聊天）、/why（為什麼問）、/language（語言）、/original（原文）、/verify（查證）。
verify = 我們是 { $org }。我們真正的帳號名稱印在我們的網頁上，也印在紙上：{ $handles }。請一個字母一個字母地核對。這個聊天裡的訊息，證明不了我們是誰。
who = 這是 { $org } 的機器人：是電腦，不是人，也不是警察。我們這邊，團隊裡有 { $team } 個人可以讀你送出的內容。應用程式本身能看到什麼，我們在開頭說明。這裡的訊息證明不了我們是誰：輸入 /verify，看看怎麼查證。
danger = 如果你現在有危險，請離開這個聊天，到安全的地方去。這裡不是緊急救援服務。
paused-early = 我們先停在這裡。目前什麼都沒有保留。想繼續，請盡快傳一則訊息；隔得太久就要從頭開始。
