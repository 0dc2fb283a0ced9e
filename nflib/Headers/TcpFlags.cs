namespace Holdfast.NfLib.Headers;

/// <summary>The control bits in byte 13 of a TCP header (RFC 9293).</summary>
[Flags]
public enum TcpFlags : byte
{
    None = 0,
    Fin = 0x01,
    Syn = 0x02,
    Rst = 0x04,
    Psh = 0x08,
    Ack = 0x10,
    Urg = 0x20,
}
