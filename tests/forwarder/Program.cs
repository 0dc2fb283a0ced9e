using Holdfast.Forwarder;
using Holdfast.NfLib.Host;

return NfHost.Run(args, settings => new Forwarder(ForwarderSettings.Parse(settings)));
