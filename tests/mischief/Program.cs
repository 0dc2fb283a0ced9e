using Holdfast.Mischief;
using Holdfast.NfLib.Host;

return NfHost.Run(args, settings => new MischievousMonitor(settings));
