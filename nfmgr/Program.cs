Console.Error.WriteLine("nfmgr: no command exists yet");
return 1;
