@{
    # Every rule, the optional ones too, where they say something that we want said.
    IncludeDefaultRules = $true
    Severity            = @('Error', 'Warning', 'Information')
    Rules               = @{
        PSAvoidExclaimOperator                     = @{ Enable = $true }
        PSAvoidLongLines                           = @{ Enable = $true; MaximumLineLength = 160 }
        PSAvoidSemicolonsAsLineTerminators         = @{ Enable = $true }
        PSAvoidUsingDoubleQuotesForConstantString  = @{ Enable = $true }
        PSPlaceCloseBrace                          = @{ Enable = $true; NewLineAfter = $true; IgnoreOneLineBlock = $true }
        PSPlaceOpenBrace                           = @{ Enable = $true; OnSameLine = $true; NewLineAfter = $false; IgnoreOneLineBlock = $true }
        PSUseConsistentIndentation                 = @{ Enable = $true; Kind = 'space'; IndentationSize = 4 }
        PSUseConsistentWhitespace                  = @{ Enable = $true; CheckOperator = $false; CheckParameter = $false }
        PSUseCorrectCasing                         = @{ Enable = $true }
        PSUseCompatibleSyntax                      = @{ Enable = $true; TargetVersions = @('7.0') }
    }
}
