using Holdfast.Chains.Bypass;
using Holdfast.NfLib.Host;

return NfHost.Run(args, _ => new Bypass());
