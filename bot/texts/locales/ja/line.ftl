# The line's own texts: buttons, hints, reasons for asking again, command words.

# Buttons. Short, at most 40 characters.
button-skip = とばす
button-keep = 前の答えのままにする
button-add = 前の答えに書き足す
button-back = 戻る
button-pause = あとで続ける
button-stop = やめて削除する
button-why = なぜ聞くのですか？
button-done = 完了
button-more = もっと見る…
button-send = 送信する
button-change = 答えを変える
button-yes = はい
button-no = いいえ
button-understood = わかりました
button-wipe = このチャットを空にする
button-status = 今どうなっていますか
button-delete = 送った内容を削除する

# How to answer, where there are no buttons.
answer-one = 番号か言葉で答えてください。
answer-many = 番号で答えてください。いくつでも選べます。例：1、3
answer-text = 答えを書いてください。
answer-file = ここに送るか、文字で書いてください。
answer-files = 一つずつ送ってください。文字で書いてもかまいません。終わったら「完了」を選んでください。
answer-several = 好きなだけ書いてください。いくつかのメッセージに分けてもかまいません。書き終わったら「完了」を選んでください。
answer-instead = 今から書くものや送るものは、前にここで答えたもの全部と入れかわります。
answer-instead-or-add = 今から書くものや送るものは、前にここで答えたもの全部と入れかわります。前の答えを残して書き足すときは、先に「前の答えに書き足す」を選んでください。
answer-number = 数字で答えてください。
answer-date = 年、または年と月を書いてください。
answer-country = 国・地域の名前を書くか、番号を選んでください。
page = { $pages } ページ中 { $page } ページ目

# What happened to an answer.
kept = 保存しました。まだ送信していません。続けて書くこともできます。終わったら「完了」を選んでください。
again = もう一つ書きますか？
change-which = どの答えを変えますか？
nothing-to-change = 変えられる答えは、まだありません。
dropped = そのメッセージだけを削除しました。番号を書かずに、もう一度書いてください。
number-kept = 番号の入ったメッセージは、そのまま保存してあります。この答えを書き直すときは、/change と書いてください。
first = これが最初の質問です。
cannot-skip = ここでは答えが必要です。やめることもできます。その場合、何も残りません。
already = これはもう受け取りました。続きはこちらです。
edited = 前のメッセージを書き直しても、こちらではわかりません。答えを変えるときは、/change と書いてください。
unsent = このチャットのメッセージが一つ削除されましたが、それによる書きかけの答えはありません。答えを変えるときは /change、ここに書いたことをすべて削除するときは /stop と書いてください。
erased = このチャットのメッセージが一つ削除されました。それで答えた内容は、ここからも消しました。
erased-change = このチャットのメッセージが一つ削除されました。それで答えた内容は、ここからも消しました。もう一度答えるときは、/change と書いてください。
unsupported = ここでは、これを受け取れません。文字で答えるか、とばしてください。
no-file = まだファイルを受け取れないので、これは保存していません。できれば安全なところに保存しておいてください。あとで送れます。
no-voice = まだ音声メッセージを受け取れないので、これは保存していません。あとで送れます。
no-file-here = これは、この質問の答えではないので、保存していません。ファイルや音声メッセージは、文字で書く質問と、送るものを聞く質問のところで送れます。
no-command = これは、今は必要ありません。続きはこちらです。
welcome-back = さきほどの続きです。
resumed = さきほどの続きです。いま書いたものは、保存していません。
unheard = 言語を選ぶ前に書いたものや送ったものは、保存していません。前に送信した内容に書き加えるときは、/code と書いてください。
unheard-here = 言語を選ぶ前に書いたものや送ったものは、保存していません。
no-why = 合った人が助けられるように、聞いています。とばすこともできます。
trouble = こちらでうまくいかないことがありました。もう一度書いてください。
looks-like-id = これは、身分証などの番号か電話番号のように見えます。私たちには必要ありません。番号なしで書き直しますか？それとも、そのままにしますか？
button-keep-it = そのままにする
button-write-again = 書き直す

# What became of the person's message in the chat, once its answer was kept. The app is asked;
# whether it really deletes, nobody here can know.
vanished = あなたのメッセージは、ロックして保存しました。このチャットから消すよう、{ $app } に頼みました。
not-vanished = あなたのメッセージは、ロックして保存しました。ただし、このチャットからは消せませんでした。自分で削除してください。
# What an app is called whose name we do not know.
this-app = このアプリ

# Files and voice messages. “Kept” is said only when a file is sealed; a number is a file's name here.
file-coming = ファイル { $number } が届くところです。ロックして保存したら、お知らせします。
file-kept = ファイル { $number } は、ロックして保存しました。確認用の番号は { $hash } で始まります。
file-lost = ファイル { $number } は、受け取れなかったので、保存していません。もう一度送るときは /change と書いてください。もう送信した内容に加えるときは /code と書いてください。
file-too-large = このファイルは大きすぎます。ここで受け取れるのは { $largest } MB までです。小さいものか一部分を送るか、Signalを使うか、チームの人に聞いてください：{ $contact }。
file-dangerous = ここではプログラムを受け取らないので、これは保存していません。開かないでください。それを持っていることを書いてください。渡し方は、チームの人がお伝えします。
files-programs = あやしいファイルやプログラムも、ここに送れます。開かないでください。
files-no-programs = プログラムやあやしいファイルは、ここでは受け取りません。持っていることだけを書いてください。
file-too-many = 一つの内容といっしょに受け取れるファイルは、ここまでです。これは保存していません。ほかにもあることを、言葉で書いてください。
file-none = ここではファイルを送れないので、これは保存していません。できれば安全なところに保存しておき、どんなものかを言葉で書いてください。
file-no-room = 今は、このファイルを置く場所がないので、保存していません。安全なところに保存しておき、あとで試すか、小さいものを送ってください。

# Case codes, and adding to a case that was sent. Nothing is ever shown of the case.
thanks = 書いてくださって、ありがとうございます。送信されたものは受け取り、チームのためにロックしてあります。追加するには /code、新しく伝えるには /start と書いてください。
code-how = 受付番号を送ってください。20 けたの数字だけを、一つのメッセージに書いてください。
code-wrong = その番号に合う内容は、ここにありません。数字を確かめて、もう一度送ってください。送信しなかった内容は、始めてから { $lifetime } 時間後に消えます。何度か試したあとは、一時間ほど待ってください。
code-found = その番号の内容が見つかりました。言語を選んでください。
code-first = このチャットには、まだ送信していない内容があります。先に送信するか、/stop で削除してから、番号を送ってください。
moved = 前に止めたところから、ここで続けます。
moved-away = この会話は、受付番号を使って別のチャットに移りました。ここではもう続きません。もしあなたでなければ、チームの人に知らせてください：{ $contact }。
adding = 前に送信した内容に、書き加えることができます。今から書くものや送るものは、すぐにチームのためにロックします。取り消すことも、ここに表示することもできません。
added = 書き加えて、チームのためにロックしました。続けることもできます。終わったら「完了」を選んでください。
digits-added = その 20 けたの数字は、受付番号としてはここに合う内容がないので、文章として書き加えました。受付番号のつもりだった場合は、数字を確かめて、もう一度送ってください。
adds-over = ここにはもう書き加えることができません。今送ったものは保存していません。
status = ロック：しています。チームの人が開いたか：{ $opened ->
     [yes] はい
    *[no] まだです
 }。返事をしたか：{ $answered ->
     [yes] はい
     [perhaps] おそらく。届いていないかもしれません
    *[no] まだです
 }。削除：{ $asked ->
     [yes] 求められています。チームの { $people } 人のうち { $erased } 人が自分の分を削除しました
    *[no] 求められていません
 }。

reply-comes = これは、私たちのチームの人があなたに書いたものです。
reply-how = これから { $days } 日間、ここで答えることができます。文章でも、音声やファイルでもかまいません。内容はチームのためにロックします。終わりにするときは、/stop と書いてください。
reply-later = このチャットでは、別の内容がまだ終わっていません。今書くものは、そちらに入ります。私たちに答えるには、先にそれを終えるか削除してから、/code と書いてください。

# Beside the conversation.
send-again = 読めなかったメッセージがあります。もう一度送ってください。
missed = しばらく受け取れない時間があり、届いていないメッセージがあるかもしれません。書いたものすべてに返事があるか見て、返事がないものは、もう一度書いてください。
timer = 別の設定にしていなければ、このチャットのメッセージは { $days } 日後に消えます。アプリで変えることができます。
wait = 一度にたくさんのメッセージが届きました。今書くものは保存しません。一分ほど待ってから、続けてください。
resting = この窓口では今、新しい内容を受け取っていません。チームの人への連絡先：{ $contact }。

# Before anyone has written, and in the menu of commands: whoever glances at the chat reads it.
# Not a word of what the line is for.
about = { $org } です。「開始」を押してください。あなたの言語で質問します。いつでもやめられます。
about-short = { $org } です。「開始」を押してください。
group = ここは、一対一のチャットでだけ使えます。
command-start = 始める、または続ける
command-help = ここで書けること
command-language = 言語を選ぶ
command-why = 質問の理由
command-skip = 質問をとばす
command-back = 戻る
command-change = 答えを変える
command-pause = あとで続ける
command-code = 番号を使って続ける
command-danger = 急ぐとき
command-verify = 私たちについて
command-wipe = このチャットを空にする
command-stop = やめて削除する

# Why an answer could not be taken.
wrong-choice = それは、選べる答えの中にありません。保存していません。
wrong-many = 選べる答えの中にないものがあります。保存していません。
wrong-early = それは保存していません。ここでは、選べる答えの中から選んでください。このあと、自分の言葉で話してもらいます。今危険なときは、/danger と書いてください。
wrong-late = それは保存していません。ここでは、選べる答えの中から選んでください。自分の言葉に書き足すときは、/change と書いてください。
wrong-number = それは数字ではないようです。
wrong-date = それは年や月ではないようです。
wrong-country = その国・地域は、リストにありません。「このリストにない」と書くこともできます。
wrong-constraint = どこかちがうようです。もう一度試してください。
wrong-empty = メッセージに何も書かれていませんでした。
too-long = 一つのメッセージとしては長すぎます。短く分けて送ってください。一つのメッセージは { $most } 文字までです。
too-many = この質問で受け取れるのは、ここまでです。
too-many-answers = 受け取れるのは、ここまでです。今ある内容を送信してください。
three-misses = だいじょうぶです。/skip と書くと、この質問をとばせます。チームの人に聞くこともできます：{ $contact }。

# Words for commands, separated by |. A command can always be written with / in English.
word-start = 開始 | 始める | はじめる | 始めます | スタート
word-skip = とばす | 飛ばす | スキップ | パス | 次へ | 次の質問 | 前の答えのままにする
word-back = 戻る | もどる | 前へ | 前の質問 | 前に戻る
word-add = 書き足す | 追加 | 追加する | 前の答えに書き足す
word-done = 完了 | 完成 | 終わり | おわり | 終わりました | 書き終わりました | できました | 以上 | 以上です
word-more = もっと見る | もっと | 次のページ | 続きを見る
word-change = 変更 | 変える | 答えを変える | 修正 | 直す | 訂正
word-send = 送信 | 送信する | 送る
word-review = 見直す | 見直し
word-pause = あとで続ける | 後で続ける | 一時停止 | 中断 | いったん止める | 休む | 休憩
word-stop = 停止 | やめる | やめます | やめたい | やめて削除する | 中止 | ストップ | キャンセル
word-delete = 削除 | 削除する | すべて削除 | 全部削除 | 消す | 消して | 全部消す | 全部消して | 送った内容を削除する
word-help = ヘルプ | 使い方 | 説明
word-why = なぜ | なぜ聞くのですか | どうして | なんで | 理由 | 聞く理由
word-danger = 危険 | 危ない | あぶない | 緊急 | 緊急事態 | 助けて | たすけて | 助けてください
word-language = 言語 | ことば | 言葉 | 言語を変える
word-original = 原文 | 英語の原文 | もとの文 | 元の文
word-verify = 本物か確かめる | 本物ですか | 本物 | 照合 | 検証
word-who = あなたは誰ですか | あなたはだれですか | 誰ですか | だれですか | 警察ですか | あなたは警察ですか | ロボットですか | ボットですか | 人間ですか | 誰が読みますか | 誰が読むのですか | だれが読みますか | 誰が見ますか | 誰が見るのですか
word-thanks = ありがとう | ありがとうございます | ありがとうございました | 有難うございます | 有り難うございます | どうもありがとう | どうもありがとうございます
word-code = 受付番号 | 番号 | 私の番号
word-status = 状況 | 状態 | 今どうなっていますか
word-wipe = このチャットを空にする | チャットを空にする | チャットを消す | このチャットを消す
word-yes = はい | ええ | うん | そうです | そう | そのままにする
word-no = いいえ | いや | ううん | ちがいます | 違います | 書き直す
