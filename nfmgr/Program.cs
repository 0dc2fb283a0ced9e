using Holdfast.Nfmgr.Commands;

return CommandLine.Build().Parse(args).Invoke();
