// The entry point until the generator has a command line.
Console.Error.WriteLine("generator: nothing to generate yet");
return 2;
