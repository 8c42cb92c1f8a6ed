-- Neovim 0.7 to 0.10: in init.lua
vim.api.nvim_create_autocmd("FileType", {
  pattern = "python",
  callback = function(event)
    local client = _G.jobcheck_client
    if not client then
      client = vim.lsp.start_client({
        name = "jobcheck",
        cmd = { "jobcheck", "lsp" },
        root_dir = vim.fn.getcwd(),
      })
      _G.jobcheck_client = client
    end
    vim.lsp.buf_attach_client(event.buf, client)
  end,
})
