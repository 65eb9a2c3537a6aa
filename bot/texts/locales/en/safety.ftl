# The safety block: what a person must understand before and after they tell us anything.
# A language is offered to the public only when every message here is reviewed.
# One idea in each message, at most 350 characters.

hello = { $org }
choose-language = Please choose your language.
draft-language = This text is a draft: no native speaker has checked it yet.

q-APP-telegram = On Telegram, chats with bots are not end-to-end encrypted. The company can read them, and may give your phone number and IP address to authorities under its rules. Signal is safer. You can also stop here.
q-APP-signal = Signal encrypts this chat between your phone and our computer. Anyone who holds your phone can still read it. You can turn on disappearing messages now.

# The question for consent in danger, where somebody reads urgent alerts day and night. The alert
# goes out after a random time, so it is not “at once”.
q-D2-alert = May we receive and keep what you write next, encrypted, so that our team can read it? If you say yes, we soon tell the team that someone needs help, without your words. A person reads what you send within { $alert_hours } hours. This line is no emergency service.

lines-row = Please get to a safe place if you can. Emergency number in { $country }: { $number } (checked { $date }).
lines-caution = Please get to a safe place if you can. The police there could send you back: if you can, first contact { $help }. Emergency number in { $country }: { $number } (checked { $date }).
lines-none = Please get to a safe place if you can. We have no checked emergency number to show you. If it is safe for you to call the police there, use the local emergency number, or 112 in the European Union.
lines-origin = We do not give police numbers there. If you write now, write only a few words and no details. Delete this chat if someone may see it.
lines-crisis = You can talk to someone now: { $number } (checked { $date }).

# To somebody who may hurt themselves: no line of that country is checked; it is a country of origin.
crisis-none = We have no checked number to show you where somebody listens. Please do not stay alone with this: go to someone you trust, or call them now. If you can, put away what you could hurt yourself with. A doctor or the emergency room of a hospital can help at once.
crisis-origin = We give no numbers there. Please do not stay alone with this: go to someone you trust now. If you can, put away what you could hurt yourself with. If you write now, write only a few words. Delete this chat if someone may see it.

stop-sure = Stop and delete everything you wrote here?
stopped = Deleted. Nothing was kept.
delete-how = Nothing of this chat is open here. To have a report deleted that was sent, write /code, give your case code, then write /delete. A person of our team: { $contact }.
delete-sure = Have the team delete your report? It cannot be brought back, and nobody will write to you about it any more.
not-deleted = Nothing was deleted.
delete-asked = Your report is being deleted: as a rule within 48 hours, at most 16 days, and on each computer of the team when it next connects. You can look how far it is with your case code.
contact-here = May our team write to you about this in this chat as well? Whoever can open this chat could read it.
contact-kept = Our team may now write to you in this chat as well.
deleted-sent = You deleted a message in this chat only. What was sent stays with our team. To have it deleted, write to { $contact }.
wiped = We asked { $app } to remove the messages of this chat. Files that you sent, if any, are still there. Delete the chat on this device as well.
not-wiped = We asked { $app } to remove the messages of this chat, but some could not be removed. Please delete the whole chat yourself, on both sides.
wiped-ours = We asked { $app } to remove our messages from this chat. What you wrote or sent yourself stays until you delete it: please delete the chat on this device as well.
not-wiped-ours = We asked { $app } to remove our messages from this chat, but some could not be removed. What you wrote yourself stays as well: please delete the whole chat yourself.
no-wipe = We cannot remove messages in this app. Please delete the whole chat yourself, on both sides if the app offers it.
closed = We closed this for your safety. Nothing was sent. What you answered is locked, and will be deleted { $lifetime } hours after you began. Write to go on.
closed-ephemeral = We closed this for your safety. Nothing was sent. If this line restarts, you begin again.
paused = We have paused. Nothing was sent. What you answered is locked, and will be deleted { $lifetime } hours after you began. Write to go on.
paused-ephemeral = We have paused. Nothing was sent. If this line restarts, you begin again.
expired = This conversation was not sent, and it has been deleted.
restarted = This line was restarted, and what you had written is gone. Nothing was sent. You can begin again.
code = Your case code: { $code }. Write it on paper, or remember it; do not photograph it next to your name.
sent = Received and locked. Case code: { $code }. Write it on paper, or remember it; do not photograph it next to your name.
sent-known = Received and locked. It goes with the case code that you have already been given.
end = When the case code is on paper, or in your memory: delete this chat on this device, if you like. To add something later, write /code. If we write to you, we first say the phrase you chose, if you chose one.

review = Questions answered: { $count }. Your answers are not shown here. What would you like to do?
review-aside = Questions answered: { $count }. Of these, answers that no longer fit the others and will not be sent: { $aside }. What would you like to do?
review-files = Questions answered: { $count }. Files that go with it: { $files }. Your answers are not shown here. What would you like to do?
review-aside-files = Questions answered: { $count }. Files that go with it: { $files }. Answers that no longer fit the others and will not be sent: { $aside }. What would you like to do?
not-enough = There is nothing to send yet. Please tell us in your own words what happened, or choose what fits.
nothing-to-send = There is nothing to send yet.

help = A person of our team: { $contact }. You can write: /back (the question before), /skip (leave out), /change (an answer), /pause (go on later), /stop (delete all that was not sent), /danger (when it cannot wait), /who (who reads this), /code (add to what was sent, or have it deleted), /wipe (clear this chat), /why, /language, /original, /verify.
verify = We are { $org }. Our true names are printed on our page and on paper: { $handles }. Compare them letter by letter. A message in this chat cannot prove who we are.
who = This is a bot of { $org }: a computer, not a person, and not the police. Of us, { $team } of the team can read what you send. What the app itself can see, we say at the beginning. A message here cannot prove who we are: /verify tells how to check.
danger = If you are in danger now, leave this chat and go to a safe place. This line is no emergency service.
paused-early = We have paused. Nothing has been kept yet. Write soon to go on; otherwise you begin again.
