using Holdfast.Chains.Firewall;
using Holdfast.NfLib.Host;

return NfHost.Run(args, settings => new Firewall(FirewallSettings.Parse(settings)));
