using Holdfast.Chains.Monitor;
using Holdfast.NfLib.Host;

return NfHost.Run(args, settings => new Monitor(MonitorSettings.Parse(settings)));
