-- Neovim 0.11 and later: in init.lua
vim.lsp.config("jobcheck", {
  cmd = { "jobcheck", "lsp" },
  filetypes = { "python" },
  root_markers = { "jobcheck.toml", "pyproject.toml", ".git" },
})
vim.lsp.enable("jobcheck")
