// Starts `jobcheck lsp`, and asks for the reason of a suppression. Everything else the server does.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

/** The jobcheck program: as set, that of the workspace's environment, or the one on the PATH. */
function program() {
  const chosen = vscode.workspace.getConfiguration("jobcheck").get("command");
  if (chosen) return chosen;
  const inside = process.platform === "win32" ? ["Scripts", "jobcheck.exe"] : ["bin", "jobcheck"];
  const folders = (vscode.workspace.workspaceFolders || []).map((folder) => folder.uri.fsPath);
  const known = folders.flatMap((folder) => [".venv", "venv"].map((name) => path.join(folder, name, ...inside)));
  return known.find((file) => fs.existsSync(file)) || "jobcheck";
}

async function start() {
  client = new LanguageClient(
    "jobcheck",
    { command: program(), args: ["lsp"] },
    {
      documentSelector: [{ scheme: "file", language: "python" }],
      initializationOptions: { asksForReason: true },
    },
  );
  try {
    await client.start();
  } catch {
    const what = `'${program()} lsp' does not start: pip install 'jobcheck[lsp]', or set jobcheck.command.`;
    vscode.window.showErrorMessage(what);
  }
}

async function restart() {
  if (client) await client.stop().catch(() => {});
  await start();
}

/** Ask why a rule does not hold at a line, and have the server write it there. */
async function suppress(uri, line, code) {
  const reason = await vscode.window.showInputBox({
    title: `Suppress ${code}`,
    prompt: "Why is it right here? The reason is written into the source.",
    validateInput: (text) => (text.trim() ? undefined : "A suppression without a reason does not count."),
  });
  if (!reason) return;
  const asked = { command: "jobcheck.suppress", arguments: [uri, line, code, reason.trim()] };
  await client.sendRequest("workspace/executeCommand", asked);
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("jobcheck.suppressWithReason", suppress),
    vscode.commands.registerCommand("jobcheck.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("jobcheck") && restart()),
  );
  await start();
}

function deactivate() {
  return client && client.stop();
}

module.exports = { activate, deactivate };
