using Holdfast.Mischief;
using Holdfast.NfLib.Host;

return NfHost.Run(args, settings =>
    settings.TryGetProperty("build", out _) ? new GrowingCounter(settings) : new MischievousMonitor(settings));
