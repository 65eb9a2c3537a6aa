# The line's own texts: buttons, hints, reasons for asking again, command words.

# Buttons. Short, at most 40 characters.
button-skip = ئاتلاپ ئۆتۈش
button-keep = جاۋابىم شۇ پېتى قالسۇن
button-back = ئارقىغا
button-pause = ۋاقتىنچە توختىتىش
button-stop = توختىتىپ ئۆچۈرۈش
button-why = بۇنى نېمىشقا سورايسىز؟
button-done = تامام
button-more = يەنە …
button-send = ئەۋەتىش
button-change = جاۋابنى ئۆزگەرتىش
button-yes = ھەئە
button-no = ياق
button-understood = چۈشەندىم
button-wipe = بۇ پاراڭنى تازىلاش

# How to answer, where there are no buttons.
answer-one = نومۇرىنى ياكى سۆزىنى يېزىپ جاۋاب بېرىڭ.
answer-many = بىر ياكى بىرنەچچە نومۇر يېزىپ جاۋاب بېرىڭ، مەسىلەن 1، 3.
answer-text = جاۋابىڭىزنى يېزىڭ.
answer-several = خالىغىنىڭىزچە يېزىڭ، ئاندىن «تامام»نى تاللاڭ.
answer-number = سان يېزىپ جاۋاب بېرىڭ.
answer-date = يىلنى، ياكى يىل بىلەن ئاينى يېزىڭ.
answer-country = دۆلەتنىڭ نامىنى يېزىڭ، ياكى نومۇرىنى تاللاڭ.
page = بەت: { $page }، جەمئىي: { $pages }

# What happened to an answer.
kept = ساقلاندى. يەنە قوشسىڭىز بولىدۇ، ياكى «تامام»نى تاللاڭ.
again = يەنە بىرنى قوشۇشنى خالامسىز؟
change-which = قايسى جاۋابنى ئۆزگەرتىشنى خالايسىز؟
nothing-to-change = ھازىرچە ئۆزگەرتىدىغان جاۋاب يوق.
dropped = بۇرۇنقى جاۋابىڭىز ئۆچۈرۈلدى. قايتا جاۋاب بېرىڭ.
first = بۇ بىرىنچى سوئال.
cannot-skip = بۇ سوئالغا جاۋاب كېرەك. توختاتسىڭىزمۇ بولىدۇ: ئۇ چاغدا ھېچنېمە ساقلانمايدۇ.
already = بۇنى قوبۇل قىلىپ بولغانىدۇق. ھازىر مۇشۇ يەردىمىز.
edited = بۇرۇنقى ئۇچۇرلارغا كىرگۈزگەن ئۆزگەرتىشلىرىڭىزنى كۆرەلمەيمىز. جاۋابنى ئۆزگەرتىش ئۈچۈن /change دەپ يېزىڭ.
unsent = ئۇچۇرنى ئۆچۈرگەنلىكىڭىزنى كۆرەلمەيمىز. بۇ يەرگە يازغانلىرىڭىزنىڭ ھەممىسىنى ئۆچۈرۈش ئۈچۈن /stop دەپ يېزىڭ.
unsupported = بۇنى بۇ يەردە قوبۇل قىلالمايمىز. يېزىپ جاۋاب بېرىڭ، ياكى ئاتلاپ ئۆتۈڭ.
no-file = بۇ يەردە ھازىرچە ھۆججەت قوبۇل قىلالمايمىز. مۇمكىن بولسا ئۇنى بىخەتەر ساقلاڭ، نېمە ئىكەنلىكىنى سۆز بىلەن يېزىڭ.
no-voice = بۇ يەردە ھازىرچە ئاۋازلىق ئۇچۇر قوبۇل قىلالمايمىز. يېزىڭ، ياكى ئاتلاپ ئۆتۈڭ.
no-command = بۇ ھازىر كېرەك ئەمەس. ھازىر مۇشۇ يەردىمىز.
welcome-back = توختىغان يېرىمىزدىن داۋاملاشتۇرىمىز.
resumed = توختىغان يېرىمىزدىن داۋاملاشتۇرىمىز. ھازىر يازغىنىڭىز ساقلانمىدى.
no-why = مۇۋاپىق كىشى ياردەم قىلالىسۇن دەپ سورايمىز. ئاتلاپ ئۆتسىڭىز بولىدۇ.
trouble = بۇ يەردە بىر خاتالىق كۆرۈلدى. يەنە بىر قېتىم يېزىڭ.
looks-like-id = بۇ ھۆججەت نومۇرى ياكى تېلېفون نومۇرىغا ئوخشايدۇ. ئۇ بىزگە كېرەك ئەمەس. ئۇنى قوشماي قايتا يازامسىز، ياكى شۇ پېتى قالسۇنمۇ؟
button-keep-it = شۇ پېتى قالسۇن
button-write-again = قايتا يازىمەن

# What became of the person's message in the chat, once its answer was kept. The app is asked;
# whether it really deletes, nobody here can know.
vanished = ساقلاندى. ئۇچۇرىڭىزنى بۇ پاراڭدىن ئۆچۈرۈشنى { $app } شىركىتىدىن سورىدۇق.
not-vanished = ساقلاندى. ئۇچۇرىڭىزنى بۇ پاراڭدىن ئۆچۈرگىلى بولمىدى: ئۇنى ئۆزىڭىز ئۆچۈرۈۋېتىڭ.
# What an app is called whose name we do not know.
this-app = بۇ ئەپ

# Beside the conversation.
wait = بىراقلا بەك كۆپ ئۇچۇر كەلدى. ھازىر يازىدىغانلىرىڭىز ساقلانمايدۇ: بىر مىنۇت كۈتۈڭ، ئاندىن داۋاملاشتۇرۇڭ.
resting = بۇ يەردە ھازىرچە يېڭى مەلۇمات قوبۇل قىلىنمايدۇ. گۇرۇپپىمىزدىكى بىر كىشى: { $contact }

# Before anyone has written, and in the menu of commands: whoever glances at the chat reads it.
# Not a word of what the line is for.
about = بۇ { $org }. «باشلاش»نى (Start) بېسىڭ: سوئاللار سىزنىڭ تىلىڭىزدا سورىلىدۇ، خالىغان ۋاقىتتا توختىتالايسىز.
about-short = بۇ { $org }. «باشلاش»نى (Start) بېسىڭ.
group = بۇ پەقەت شەخسىي پاراڭدىلا ئىشلەيدۇ.
command-start = باشلاش ياكى داۋاملاشتۇرۇش
command-help = بۇ يەردە نېمە يېزىشقا بولىدۇ
command-language = تىل تاللاش
command-why = سوئالنىڭ سەۋەبى
command-skip = سوئالنى ئاتلاپ ئۆتۈش
command-back = ئارقىغا قايتىش
command-change = جاۋابنى ئۆزگەرتىش
command-pause = كېيىن داۋاملاشتۇرۇش
command-danger = جىددىي ئىش بولسا
command-verify = بىز كىم
command-wipe = بۇ پاراڭنى تازىلاش
command-stop = توختىتىپ ئۆچۈرۈش

# Why an answer could not be taken.
wrong-choice = تاللاشلار ئىچىدە بۇنداق جاۋاب يوق.
wrong-many = يازغانلىرىڭىزنىڭ بىرى تاللاشلار ئىچىدە يوق.
wrong-number = بۇ سان ئەمەس.
wrong-date = بۇ يىل ياكى ئاي ئەمەس.
wrong-country = ئۇ دۆلەت تىزىملىكىمىزدە يوق. «بۇ تىزىملىكتە يوق»نى تاللىسىڭىز بولىدۇ.
wrong-constraint = بۇ توغرا بولمىسا كېرەك. قايتا سىناپ بېقىڭ.
wrong-empty = ئۇ ئۇچۇردا ھېچنېمە يوق ئىدى.
too-long = بۇ بىر ئۇچۇر ئۈچۈن بەك ئۇزۇن. قىسقىراق بۆلەكلەرگە بۆلۈپ ئەۋەتىڭ، ھەر بىرى ئەڭ كۆپ بولغاندا { $most } ھەرپ بولسۇن.
too-many = بۇ سوئال ئۈچۈن بۇنىڭدىن كۆپىنى قوبۇل قىلالمايمىز.
too-many-answers = بۇنىڭدىن كۆپىنى قوبۇل قىلالمايمىز. ھازىرغىچە يازغانلىرىڭىزنى ئەۋەتىڭ.
three-misses = ھېچقىسى يوق. بۇ سوئالنى /skip دەپ يېزىپ ئاتلاپ ئۆتسىڭىز، ياكى گۇرۇپپىمىزدىكى بىر كىشىدىن سورىسىڭىز بولىدۇ: { $contact }

# Words for commands, separated by |. A command can always be written with / in English.
word-start = باشلاش | باشلا | باشلايمەن
word-skip = ئاتلاش | ئاتلاپ ئۆتۈش | ئاتلا | كېيىنكىسى | كېيىنكى
word-back = ئارقىغا | قايتىش | ئارقىغا قايتىش | ئالدىنقىسى
word-done = تامام | پۈتتى | تۈگىدى | يېزىپ بولدۇم
word-more = يەنە | تېخىمۇ كۆپ | كۆپرەك
word-change = ئۆزگەرتىش | جاۋابنى ئۆزگەرتىش | ئۆزگەرتىمەن
word-send = ئەۋەتىش | يوللاش | ئەۋەتىمەن
word-review = كۆرۈپ چىقىش
word-pause = ۋاقتىنچە توختىتىش | ۋاقتىنچە توختاش | بىردەم توختاش
word-stop = توختىتىش | توختاش | توختا | توختىتىپ ئۆچۈرۈش | بىكار قىلىش
word-delete = ئۆچۈرۈش | ئۆچۈر | ھەممىنى ئۆچۈرۈش | ھەممىسىنى ئۆچۈرۈش
word-help = ياردەم
word-why = نېمىشقا | نېمە ئۈچۈن | بۇنى نېمىشقا سورايسىز
word-danger = خەتەر | جىددىي | جىددىي ئەھۋال
word-language = تىل | تىل تاللاش
word-original = ئەسلىسى | ئەسلى تېكىست | ئىنگلىزچىسى
word-verify = دەلىللەش | تەكشۈرۈش
word-wipe = بۇ پاراڭنى تازىلاش | پاراڭنى تازىلاش | تازىلاش
word-yes = ھەئە | شۇنداق | ماقۇل | شۇ پېتى قالسۇن
word-no = ياق | قايتا يازىمەن
