# The line's own texts: buttons, hints, reasons for asking again, command words.

# Buttons. Short, at most 40 characters.
button-skip = Skip
button-keep = Keep my answer
button-add = Add to my answer
button-back = Back
button-pause = Pause
button-stop = Stop and delete
button-why = Why do you ask?
button-done = Done
button-more = More …
button-send = Send
button-change = Change an answer
button-yes = Yes
button-no = No
button-understood = I understand
button-wipe = Clear this chat
button-status = How does it stand?
button-delete = Delete my report

# How to answer, where there are no buttons.
answer-one = Answer with a number or with the words.
answer-many = Answer with one or more numbers, for example 1, 3.
answer-text = Write your answer.
answer-file = Send it here, or write.
answer-files = Send one after the other, or write, then choose Done.
answer-several = Write as much as you like, in one message or several, then choose Done.
answer-instead = What you write or send now takes the place of all that you gave here before.
answer-instead-or-add = What you write or send now takes the place of all that you gave here before. To keep that and add more, first choose “Add to my answer”.
answer-number = Answer with a number.
answer-date = Answer with a year, or a year and a month.
answer-country = Write the name of the country, or choose a number.
page = { $page } of { $pages }

# What happened to an answer.
kept = Kept, but not sent yet. You can add more, or choose Done.
again = Would you like to add another?
change-which = Which answer would you like to change?
nothing-to-change = There is no answer to change yet.
dropped = Only that message was deleted. Please write it again without the number.
number-kept = Your message with the number is kept as it is. To write this answer anew, write /change.
first = This is the first question.
cannot-skip = We need an answer here. You can also stop: then nothing is kept.
already = This was already taken. Here is where we are now.
edited = We cannot see changes to earlier messages. To change an answer, write /change.
unsent = You deleted a message in this chat, and no open answer came from it. To change an answer, write /change. To delete everything you wrote here, write /stop.
erased = You deleted a message in this chat. What it answered is erased here as well.
erased-change = You deleted a message in this chat. What it answered is erased here as well. To answer again, write /change.
unsupported = We cannot take this here. Please answer in writing, or skip.
no-file = We cannot take files yet, so this one was not kept. Keep it safe if you can: you can send it later.
no-voice = We cannot take voice messages yet, so this one was not kept. You can send it later.
no-file-here = That was not kept: it is no answer to this question. You can send files and voice messages where we ask you to write, and where we ask for something to send.
no-command = This is not needed now. Here is where we are.
welcome-back = We go on where we were.
resumed = We go on where we were. What you have just written was not kept.
unheard = What you wrote or sent before you chose a language was not kept. To add to something that you sent on another day, write /code.
unheard-here = What you wrote or sent before you chose a language was not kept.
no-why = We ask so that the right person can help. You can skip it.
trouble = Something went wrong here. Please say that again.
looks-like-id = This looks like a document or phone number. We do not need it. Write it again without it, or keep it as it is?
button-keep-it = Keep it as it is
button-write-again = Write it again

# What became of the person's message in the chat, once its answer was kept. The app is asked;
# whether it really deletes, nobody here can know.
vanished = Your message is locked and kept. We asked { $app } to remove it from this chat.
not-vanished = Your message is locked and kept, but it could not be removed from this chat: please delete it yourself.
# What an app is called whose name we do not know.
this-app = the app

# Files and voice messages. “Kept” is said only when a file is sealed; a number is a file's name here.
file-coming = File { $number } is on its way to us. We will tell you when it is locked and kept.
file-kept = File { $number } is locked and kept. Its check sum begins with { $hash }.
file-lost = File { $number } could not be fetched and was not kept. To send it again, write /change; when your report is sent already, write /code.
file-too-large = That file is too large: we can take { $largest } MB here. Send a smaller one or a part of it, use Signal, or ask the team: { $contact }.
file-dangerous = We take no programs or scripts here, so it was not kept. Do not open it. Write that you have it: the team will say how to hand it over.
files-programs = A suspicious file or a program may be sent here too. Do not open it.
files-no-programs = We take no programs and no suspicious files here: write that you have one.
file-too-many = That is as many files as we can take with one report, so this one was not kept. Tell us in words that there are more.
file-none = Files cannot be sent here, so it was not kept. Keep it safe if you can, and tell us in words what it shows.
file-no-room = There is no room for this file at the moment, so it was not kept. Please keep it safe and try later, or send a smaller one.

# Case codes, and adding to a case that was sent. Nothing is ever shown of the case.
thanks = Thank you for writing to us. If you have sent something, it has arrived and is locked for the team. To add to it, write /code. To tell us something, write /start.
code-how = Please send your case code: its 20 digits, in one message and nothing else.
code-wrong = That code does not lead to anything here. Please compare the digits and try again. What was never sent is deleted { $lifetime } hours after it was begun. After several tries, wait an hour.
code-found = Your code was found. Please choose your language.
code-first = Something is open in this chat. Please send it, or delete it with /stop; then give the code.
moved = We go on here, where you were.
moved-away = This was taken up in another chat with the case code, and no longer goes on here. If that was not you, tell the team: { $contact }.
adding = You can add to your report. What you write or send now is locked for the team at once, and cannot be taken back or shown here.
added = Added and locked for the team. You can add more, or choose Done.
digits-added = Those 20 digits lead nowhere here as a case code, so they were added as words. If you meant a code, please compare the digits and send it again.
adds-over = Nothing can be added here any more, and what you have just sent was not kept.
status = Locked: yes. Opened by a person of the team: { $opened ->
     [yes] yes
    *[no] not yet
 }. Answered: { $answered ->
     [yes] yes
     [perhaps] perhaps, but it may not have reached you
    *[no] not yet
 }. Deletion: { $asked ->
     [yes] asked for; { $erased } of { $people } people of the team have deleted their copy
    *[no] not asked for
 }.

# Under what staff have written: who wrote, and how to answer.
reply-comes = A person of our team wrote this to you.
reply-how = For { $days } days you can answer here: write, or send a voice message or a file. It is locked for the team. To end this, write /stop.
reply-later = Something else is open in this chat, and what you write now belongs to that. To answer us, finish it or delete it first, then write /code.

# Beside the conversation.
send-again = A message of yours could not be read here. Please send it again.
missed = We were away, and may have missed a message. Please look whether everything you wrote was answered, and write again what was not.
timer = Unless you chose otherwise, messages in this chat disappear after { $days } days. You can change that in the app.
wait = That was a lot at once. What you write now is not kept: please wait a minute, then go on.
resting = This line takes no new reports at the moment. A person of our team: { $contact }.

# Before anyone has written, and in the menu of commands: whoever glances at the chat reads it.
# Not a word of what the line is for.
about = This is { $org }. Press Start: it asks in your language, and you can stop at any time.
about-short = { $org }. Press Start to begin.
group = This works only in a private chat.
command-start = Begin, or go on
command-help = What can be written here
command-language = Choose a language
command-why = Why a question is asked
command-skip = Skip a question
command-back = Go back
command-change = Change an answer
command-pause = Go on later
command-code = Go on with a code
command-danger = When it cannot wait
command-verify = Who we are
command-wipe = Clear this chat
command-stop = Stop and delete

# Why an answer could not be taken.
wrong-choice = That is none of the choices, so it was not kept.
wrong-many = Part of that is none of the choices, so it was not kept.
wrong-early = That was not kept: here we need one of the choices. Soon we ask you to tell it in your own words. If you are in danger now, write /danger.
wrong-late = That was not kept: here we need one of the choices. To add it to your own words, write /change.
wrong-number = That is not a number.
wrong-date = That is not a year or a month.
wrong-country = That country is not in our list. You can write “Not in this list”.
wrong-constraint = That cannot be right. Please try again.
wrong-empty = There was nothing in that message.
too-long = That is too long for one message. Please send it in shorter parts, of at most { $most } characters.
too-many = That is as much as we can take for this question.
too-many-answers = That is as much as we can take. Please send what you have.
three-misses = That is all right. You can skip this question with /skip, or ask a person of our team: { $contact }.

# Words for commands, separated by |. A command can always be written with / in English.
word-start = start | begin
word-skip = skip | next
word-back = back | go back
word-add = add | add to my answer
word-done = done | finished | that is all
word-more = more
word-change = change | change an answer
word-send = send
word-review = review
word-pause = pause
word-stop = stop | stop and delete | cancel
word-delete = delete | delete everything | delete my report
word-help = help
word-why = why | why do you ask
word-danger = danger | emergency
word-language = language
word-original = original
word-verify = verify
word-who = who are you | who is this | are you police | are you the police | are you a bot | are you human | are you a person | who reads this | who reads it | who can read this | who will read this | who sees this
word-thanks = thank you | thanks | thank you very much | thank you so much | many thanks | ok thank you | thank you all
word-code = code | case code | my code
word-status = status | how does it stand
word-wipe = wipe | wipe this chat | clear this chat | clear the chat
word-yes = yes | keep it as it is
word-no = no | write it again
