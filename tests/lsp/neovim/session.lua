-- A session of Neovim, any version from 0.7: open a file, read, suppress, write the reason, go to the job.
-- Prints one line `name=value` for each thing seen.

local function say(name, value)
  io.stdout:write(name .. "=" .. tostring(value) .. "\n")
end

local function codes(buffer)
  local seen = {}
  for _, each in ipairs(vim.diagnostic.get(buffer)) do
    seen[each.code or (each.user_data and each.user_data.lsp and each.user_data.lsp.code) or "?"] = true
  end
  local listed = vim.tbl_keys(seen)
  table.sort(listed)
  return table.concat(listed, ",")
end

local reason = "the list is cleaned by hand"

local function line(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 8, 9, false)[1]
end

local function wait(name, holds)
  if not vim.wait(60000, holds, 20) then
    say("timeout", name)
    vim.cmd("cquit")
  end
end

local function ask(buffer, method, parameters)
  local answers = vim.lsp.buf_request_sync(buffer, method, parameters, 60000)
  local _, answer = next(answers or {})
  return answer and answer.result
end

local function session()
  local tasks = vim.env.JOBCHECK_PROJECT .. "/shop/tasks.py"
  local views = vim.env.JOBCHECK_PROJECT .. "/shop/views.py"
  dofile(vim.env.JOBCHECK_SETUP)

  vim.cmd("edit " .. tasks)
  local buffer = vim.api.nvim_get_current_buf()
  wait("diagnostics", function() return #vim.diagnostic.get(buffer) > 0 end)
  say("found", codes(buffer))

  local client = (vim.lsp.get_clients or vim.lsp.get_active_clients)()[1]
  local encoding = client.offset_encoding
  local document = { uri = vim.uri_from_bufnr(buffer) }

  local page = ask(buffer, "textDocument/hover", { textDocument = document, position = { line = 8, character = 8 } })
  say("hover", vim.split(page.contents.value, "\n")[1])

  local symbols = ask(buffer, "textDocument/documentSymbol", { textDocument = document })
  say("symbols", table.concat(vim.tbl_map(function(each) return each.name end, symbols), ","))

  local found
  for _, each in ipairs(vim.diagnostic.get(buffer)) do
    local sent = each.user_data.lsp
    if (each.code or sent.code) == "JC101" then
      local place = { line = each.lnum, character = each.col }
      found = { range = { start = place, ["end"] = place }, message = each.message, source = each.source, code = "JC101" }
    end
  end
  local actions = ask(buffer, "textDocument/codeAction", {
    textDocument = document,
    range = found.range,
    context = { diagnostics = { found } },
  })
  say("action", actions[1].title)
  if actions[1].edit then
    vim.lsp.util.apply_workspace_edit(actions[1].edit, encoding)
    say("line", line(buffer))
    wait("the missing reason", function() return codes(buffer):find("JC002") ~= nil end)
    vim.api.nvim_buf_set_text(buffer, 8, #line(buffer), 8, #line(buffer), { reason })
  else
    vim.ui.input = function(_, answer) answer(reason) end
    local command = actions[1].command
    vim.lsp.commands[command.command](command, { client_id = client.id, bufnr = buffer })
    wait("the comment", function() return line(buffer):find("jobcheck") ~= nil end)
    say("line", line(buffer))
  end
  wait("the reason", function() return not codes(buffer):find("JC101") and not codes(buffer):find("JC002") end)
  say("left", codes(buffer))

  vim.cmd("edit! " .. views)
  local other = vim.api.nvim_get_current_buf()
  wait("the second file", function()
    return vim.lsp.buf_is_attached == nil or vim.lsp.buf_is_attached(other, client.id)
  end)
  local there = ask(other, "textDocument/definition", {
    textDocument = { uri = vim.uri_from_bufnr(other) },
    position = { line = 4, character = 30 },
  })
  there = there[1] or there
  say("definition", vim.fn.fnamemodify(vim.uri_to_fname(there.uri), ":t") .. ":" .. (there.range.start.line + 1))
end

local fine, trouble = xpcall(session, debug.traceback)
if not fine then
  say("error", trouble)
  vim.cmd("cquit")
end
vim.cmd("qall!")
