// grammY as a bot: polls the API root it is given, and ends when it is told /quit. What it does,
// the test looks at in the emulator.

import { Bot, GrammyError, InlineKeyboard, InputFile } from "grammy";

const [token, apiRoot] = process.argv.slice(2);
const bot = new Bot(token, { client: { apiRoot } });

bot.command("start", async (context) => {
  const keyboard = new InlineKeyboard().text("Yes", "y").text("No", "n").row().url("R", "https://a.b/");
  await context.replyWithChatAction("typing");
  await context.reply(`hello ${context.match}`, { reply_markup: keyboard });
});
bot.command("file", (context) =>
  context.replyWithDocument(new InputFile(Buffer.from("bytes\r\n"), "a.txt"), { caption: "here" }),
);
bot.command("wrong", async (context) => {
  const refused = await context.reply("x".repeat(4097)).catch((error) => error);
  await context.reply(refused instanceof GrammyError ? refused.description : "no refusal");
});
bot.command("quit", () => void bot.stop());
bot.callbackQuery("y", async (context) => {
  await context.answerCallbackQuery({ text: "seen" });
  await context.editMessageText("chosen");
});
bot.on("message:document", async (context) => {
  const file = await context.getFile();
  const answer = await fetch(`${apiRoot}/file/bot${token}/${file.file_path}`);
  await context.reply(`${await answer.text()} ${file.file_size}`);
  await context.deleteMessage();
});
bot.on("edited_message:text", (context) => context.reply(`edited ${context.editedMessage.text}`));
bot.on("my_chat_member", (context) =>
  context.api.sendMessage(9, `now ${context.myChatMember.new_chat_member.status}`),
);
await bot.api.setMyCommands([{ command: "start", description: "begin" }]);
await bot.start({ allowed_updates: ["message", "edited_message", "callback_query", "my_chat_member"] });
